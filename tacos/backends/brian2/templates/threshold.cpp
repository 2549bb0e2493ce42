{# Neurons whose condition holds. Where it begins with a flag, many flags are looked at together: most are down. #}
{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block extra_headers %}
#include <cstring>
{% endblock %}
{% block maincode %}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    const int _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    int32_t _count = 0;
    {% if flag(vector_code) %}
    for (int32_t _first = 0; _first < N; _first += 8)
    {
        uint64_t _flags = 0;
        const char *_next = {{flag(vector_code)}} + _first;
        for (; _first + 64 <= N; _first += 64, _next += 64)
        {
            uint64_t _eight[8];
            memcpy(_eight, _next, 64);
            for (int _k = 0; _k < 8; _k++) _flags |= _eight[_k];
            if (_flags) break;
        }
        if (_first + 8 <= N) memcpy(&_flags, _next, 8);
        else if (_first < N) memcpy(&_flags, _next, N - _first);
        else break;
        for (; _flags; _flags &= _flags - 1)  // each is a byte, zero or one
        {
            const int32_t _idx = _first + __builtin_ctzll(_flags) / 8;
            const size_t _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
            if (!_cond) continue;
            {{_eventspace}}[_count++] = _idx;
            {% if _uses_refractory %}
            {{not_refractory}}[_idx] = false;
            {{lastspike}}[_idx] = {{t}};
            {% endif %}
        }
    }
    {% else %}
    for (int32_t _idx = 0; _idx < N; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
        if (!_cond) continue;
        {{_eventspace}}[_count++] = _idx;
        {% if _uses_refractory %}
        {{not_refractory}}[_idx] = false;
        {{lastspike}}[_idx] = {{t}};
        {% endif %}
    }
    {% endif %}
    {{_eventspace}}[N] = _count;
{% endblock %}
{% block after_code %}
{{get_array_name(eventspace_variable)}}[N] = 0;
{% endblock %}
