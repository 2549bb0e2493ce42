{# Effects of events on synapses. Where a projection is all-to-all without delay, synapse i*n_target + j belongs to the pair
   (i, j): no spike queue and no index lookups. Others visit the row of each presynaptic neuron that fired, or Brian2's list
   of the synapses of a postsynaptic one; where they are delayed, the queue holds these neurons. #}
{# USES_VARIABLES { _synaptic_pre } #}
{% extends 'common_synapses.cpp' %}
{% block extra_headers %}
#include <algorithm>
{% endblock %}
{% block maincode %}
    {% if pathway.name in lazy_pathways %}
    _keep_{{pathway.name}}();
    {% else %}
    // scalar code
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    {% if pathway.name in dense_pathways %}
    {% set n_targets = dense_pathways[pathway.name] %}
    {% set events = get_array_name(pathway.source.variables[pathway.eventspace_name])|replace('_ptr_array', 'brian::_array') %}
    const int32_t _n_events = {{events}}[{{pathway.source.N}}];
    {% if pathway.prepost == 'pre' %}
    int32_t _event = 0;
    {% if adds(vector_code) %}
    // Four rows at a time, in their order: the sums stay in registers.
    for (; _event + 4 <= _n_events; _event += 4)
    {
        const int32_t _four[4] = { {{events}}[_event], {{events}}[_event + 1], {{events}}[_event + 2], {{events}}[_event + 3] };
        for (int32_t _target = 0; _target < {{n_targets}}; _target++)
            for (int _k = 0; _k < 4; _k++)
            {
                const int32_t _source = _four[_k];
                const size_t _idx = (size_t)_source * {{n_targets}} + _target;
                const size_t _vectorisation_idx = _idx;
                {{dense_code(vector_code)|autoindent}}
            }
    }
    {% endif %}
    for (; _event < _n_events; _event++)
    {
        const int32_t _source = {{events}}[_event];
        for (int32_t _target = 0; _target < {{n_targets}}; _target++)
        {
            const size_t _idx = (size_t)_source * {{n_targets}} + _target;
            const size_t _vectorisation_idx = _idx;
            {{dense_code(vector_code)|autoindent}}
        }
    }
    {% else %}
    if (_n_events > 0) for (int32_t _source = 0; _source < {{pathway.target.N}}; _source++)
    {
        for (int32_t _event = 0; _event < _n_events; _event++)
        {
            const int32_t _target = {{events}}[_event];
            const size_t _idx = (size_t)_source * {{n_targets}} + _target;
            const size_t _vectorisation_idx = _idx;
            {{dense_code(vector_code)|autoindent}}
        }
    }
    {% endif %}
    {% elif pathway.name in row_pathways %}
    {% set code = row_code(vector_code, pathway.prepost) %}
    CSpikeQueue *_queue = {{pathway.name}}.queue[0];
    const std::vector<int32_t> &_fired = *_queue->peek();
    {% if pathway.prepost == 'pre' %}
    for (size_t _event = 0; _event < _fired.size(); _event++)
    {
        const int32_t _neuron = _fired[_event];
        const size_t _begin = _queue->synapses[_neuron][0], _end = _queue->synapses[_neuron][1];
        for (size_t _idx = _begin; _idx < _end; _idx++)
        {
            const size_t _vectorisation_idx = _idx;
            {{code|autoindent}}
        }
    }
    {% else %}
    {% set ends, ahead = far_ends(vector_code), 24 %}
    {% if ends %}
    // Beside the lists of synapses: looked up by synapse, each would be a cache miss.
    static std::vector<std::vector<int32_t>> _all_ends;
    if (_all_ends.empty())
        for (const std::vector<int> &_row : _queue->synapses)
        {
            _all_ends.emplace_back();
            _all_ends.back().reserve(_row.size());
            for (int _synapse : _row) _all_ends.back().push_back({{ends}}[_synapse]);
        }
    {% endif %}
    for (size_t _event = 0; _event < _fired.size(); _event++)
    {
        const int32_t _neuron = _fired[_event];
        const std::vector<int> &_row = _queue->synapses[_neuron];
        {% if ends %}
        const std::vector<int32_t> &_ends = _all_ends[_neuron];
        {% endif %}
        for (size_t _place = 0; _place < _row.size(); _place++)
        {
            if (_place + {{ahead}} < _row.size())
            {
                {% for array in visited(code) %}
                __builtin_prefetch(&{{array}}[_row[_place + {{ahead}}]]);
                {% endfor %}
            }
            const size_t _idx = _row[_place];
            const size_t _vectorisation_idx = _idx;
            {{code|autoindent}}
        }
    }
    {% endif %}
    {% else %}
    const std::vector<int> &_spiking_synapses = *{{pathway.name}}.peek();
    for (size_t _spiking = 0; _spiking < _spiking_synapses.size(); _spiking++)
    {
        const size_t _idx = _spiking_synapses[_spiking];
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
    }
    {% endif %}
    {% endif %}
{% endblock %}
{% block extra_functions_cpp %}
{% if pathway.name in lazy_pathways %}
{% if repeated(replay(scalar_code, vector_code)) %}
{% include 'lazy_repeated.cpp' %}
{% else %}
{% include 'lazy_events.cpp' %}
{% endif %}
{% endif %}
{% endblock %}
{% block extra_functions_h %}
{% if pathway.name in lazy_pathways %}
#include <cstdint>
void _keep_{{pathway.name}}();
void _catch_up_{{pathway.name}}(int32_t _source);
void _settle_{{pathway.name}}();
{% endif %}
{% endblock %}
