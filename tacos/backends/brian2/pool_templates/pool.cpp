{# A number about all neurons of a group, found when something is about to read it. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block extra_headers %}
#include <algorithm>
#include <functional>
#include <vector>
{% endblock %}
{% block maincode %}
    {% set result = get_array_name(owner.variables[pool.name])|replace('_ptr_array', 'brian::_array') %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    const int _N = {{constant_or_scalar('N', variables['N'])}};
    {% if events %}
    if ({{get_array_name(events[0])|replace('_ptr_array', 'brian::_array')}}[{{events[1]}}] > 0)
    {% else %}
    if (_due)
    {% endif %}
    {
        {{ 'int64_t' if pool.kind in ('sum', 'mean') and whole(vector_code) else 'double' }} _found = 0;
        {% if pool.kind == 'argmax' %}
        int32_t _at = 0;
        {% elif pool.kind == 'largest' %}
        std::vector<double> _all(_N);
        {% endif %}
        for (int32_t _idx = 0; _idx < _N; _idx++)
        {
            const size_t _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
            {% if pool.kind in ('sum', 'mean') %}
            _found += _value;
            {% elif pool.kind == 'max' %}
            if (_idx == 0 || _value > _found) _found = _value;
            {% elif pool.kind == 'min' %}
            if (_idx == 0 || _value < _found) _found = _value;
            {% elif pool.kind == 'argmax' %}
            if (_idx == 0 || _value > _found)
            {
                _found = _value;
                _at = _idx;
            }
            {% else %}
            _all[_idx] = _value;
            {% endif %}
        }
        {% if pool.kind == 'largest' %}
        std::nth_element(_all.begin(), _all.begin() + {{pool.rank - 1}}, _all.end(), std::greater<double>());
        _found = _all[{{pool.rank - 1}}];
        {% endif %}
        {% if pool.kind == 'argmax' %}
        {{result}}[0] = _at;
        {% elif pool.kind == 'mean' %}
        {{result}}[0] = (double)_found / _N;
        {% else %}
        {{result}}[0] = _found;
        {% endif %}
    }
{% endblock %}
