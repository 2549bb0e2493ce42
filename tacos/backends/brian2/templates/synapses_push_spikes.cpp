{# Spikes enter the queue of a pathway, unless the pathway reads the events themselves; rows that it visits must be up to date. #}
{# USES_VARIABLES { _n_sources, _n_targets, delay, _source_dt} #}
{% extends 'common_group.cpp' %}
{% block before_code %}
    {% if owner.name not in dense_pathways %}
    {% set scalar = c_data_type(variables['delay'].dtype) %}
    {% set by_row = owner.name in row_pathways and owner.prepost == 'pre' %}
    std::vector<{{scalar}}> &real_delays = {{get_array_name(variables['delay'], access_data=False)}};
    std::vector<int> &sources = {{owner.name}}.sources;
    {{owner.name}}.prepare({{constant_or_scalar('_n_sources', variables['_n_sources'])}},
                           {{constant_or_scalar('_n_targets', variables['_n_targets'])}},
                           real_delays.empty() ? 0 : &real_delays[0],
                           {{'!real_delays.empty()' if by_row else 'real_delays.size()'}},
                           sources.empty() ? 0 : &sources[0], {{0 if by_row else 'sources.size()'}}, {{_source_dt}});
    {% if by_row %}
    // Of a row, whose synapses lie side by side, the ends are enough.
    for (std::vector<int> &_row : {{owner.name}}.queue[0]->synapses) _row.assign(2, 0);
    for (size_t _synapse = 0; _synapse < sources.size(); _synapse++)
    {
        std::vector<int> &_row = {{owner.name}}.queue[0]->synapses[sources[_synapse]];
        if (_row[1] == 0) _row[0] = _synapse;
        _row[1] = _synapse + 1;
    }
    {% endif %}
    {% endif %}
{% endblock %}
{% block extra_headers %}
{% if owner.name in waited_for %}
#include "code_objects/{{waited_for[owner.name]}}_codeobject.h"
{% endif %}
{% endblock %}
{% block maincode %}
    {% set events = get_array_name(eventspace_variable) %}
    {% if owner.name in row_pathways %}
    CSpikeQueue *_queue = {{owner.name}}.queue[0];
    _queue->advance();
    std::vector<int32_t> &_due = _queue->queue[(_queue->offset + _queue->delays[0]) % _queue->queue.size()];
    _due.insert(_due.end(), {{events}}, {{events}} + {{events}}[_num{{eventspace_variable.name}}-1]);
    {% elif owner.name not in dense_pathways %}
    {{owner.name}}.advance();
    {{owner.name}}.push({{events}}, {{events}}[_num{{eventspace_variable.name}}-1]);
    {% elif owner.name in waited_for %}
    const int32_t _n_events = {{events}}[_num{{eventspace_variable.name}}-1];
    for (int32_t _event = 0; _event < _n_events; _event++) ::_catch_up_{{waited_for[owner.name]}}({{events}}[_event]);
    {% endif %}
{% endblock %}
