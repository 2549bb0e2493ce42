{# Spikes enter the queue of a pathway, unless the pathway reads the events themselves. #}
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
{% block maincode %}
    {% if owner.name not in dense_pathways %}
    {% set events = get_array_name(eventspace_variable) %}
    {{owner.name}}.advance();
    {{owner.name}}.push({{events}}, {{events}}[_num{{eventspace_variable.name}}-1]);
    {% endif %}
{% endblock %}
