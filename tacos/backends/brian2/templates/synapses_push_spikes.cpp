{# Spikes enter the queue of a pathway, unless the pathway reads the events themselves; rows that it visits must be up to date. #}
{# USES_VARIABLES { _n_sources, _n_targets, delay, _source_dt} #}
{% extends 'common_group.cpp' %}
{% block before_code %}
    {% if owner.name not in dense_pathways %}
    {% set scalar = c_data_type(variables['delay'].dtype) %}
    std::vector<{{scalar}}> &real_delays = {{get_array_name(variables['delay'], access_data=False)}};
    std::vector<int> &sources = {{owner.name}}.sources;
    {{owner.name}}.prepare({{constant_or_scalar('_n_sources', variables['_n_sources'])}},
                           {{constant_or_scalar('_n_targets', variables['_n_targets'])}},
                           real_delays.empty() ? 0 : &real_delays[0], real_delays.size(),
                           sources.empty() ? 0 : &sources[0], sources.size(), {{_source_dt}});
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
