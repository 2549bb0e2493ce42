{# Statements about each neuron or synapse; neurons that fire at random draw side by side, and only those that may fire. #}
{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}
{% block extra_headers %}
#include <algorithm>
{% endblock %}
{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    const int _N = {{constant_or_scalar('N', variables['N'])}};
    {% set draw = drawn(vector_code) if owner.name in shown_for_a_presentation else none %}
    {% if draw %}
    static int32_t _drawing[{{owner.N}}], _n_drawing = 0;
    static float _numbers[{{owner.N}}];
    if (step == 0)
    {
        _n_drawing = 0;
        for (int32_t _idx = 0; _idx < _N; _idx++)
        {
            const size_t _vectorisation_idx = _idx;
            {{draw.reads|autoindent}}
            if ({{draw.first}}) _drawing[_n_drawing++] = _idx;
        }
    }
    uniforms(random_seed, random_phase, presentation, step, _drawing, _n_drawing, {{draw.site}}, _numbers);
    std::fill({{draw.array}}, {{draw.array}} + _N, 0);
    for (int32_t _k = 0; _k < _n_drawing; _k++)
    {
        const int32_t _idx = _drawing[_k];
        const size_t _vectorisation_idx = _idx;
        {{draw.code|autoindent}}
    }
    {% elif guarded(vector_code, scalar_code) %}
    if (!_due) std::fill({{guarded(vector_code, scalar_code)}}, {{guarded(vector_code, scalar_code)}} + _N, 0);
    else for (int _idx = 0; _idx < _N; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
    }
    {% else %}
    for (int _idx = 0; _idx < _N; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
    }
    {% endif %}
{% endblock %}
