{# Postsynaptic events that wait (see lazy.py): a log of them, and each row's position in it. #}
{% set n_sources = pathway.target.N %}
{% set n_targets = pathway.source.N %}
{% set events = get_array_name(pathway.source.variables[pathway.eventspace_name])|replace('_ptr_array', 'brian::_array') %}
{% set kept = replay(scalar_code, vector_code) %}

namespace {

struct Moment  // a step with events
{
    {% for value in kept.shared %}
    {{value.type}} {{value.name}};
    {% endfor %}
    size_t _end;  // of its events
};

// Bounds the log of long presentations; many moments a row make up for fetching it.
const size_t _most_moments = 256;
std::vector<Moment> _moments;
std::vector<int32_t> _targets;  // of all events
{% for value in kept.post %}
std::vector<{{value.type}}> _kept_{{value.name}};  // one value an event
{% endfor %}
{% for value in kept.pre %}
std::vector<{{value.type}}> _kept_{{value.name}};  // one row of presynaptic neurons a moment
{% endfor %}
size_t _position[{{n_sources}}];  // moments that a row has behind it

}

void _keep_{{pathway.name}}()
{
    using namespace brian;
    const int32_t _n_events = {{events}}[{{n_targets}}];
    if (_n_events == 0) return;
    if (_moments.size() == _most_moments) _settle_{{pathway.name}}();
    %CONSTANTS%
    {{pointers_lines|autoindent}}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}
    _targets.insert(_targets.end(), {{events}}, {{events}} + _n_events);
    {% for value in kept.post %}
    for (int32_t _event = 0; _event < _n_events; _event++) _kept_{{value.name}}.push_back({{value.value}}[{{events}}[_event]]);
    {% endfor %}
    {% for value in kept.pre %}
    _kept_{{value.name}}.insert(_kept_{{value.name}}.end(), {{value.value}}, {{value.value}} + {{n_sources}});
    {% endfor %}
    const Moment _now = { {%- for value in kept.shared %}{{value.value}}, {% endfor -%} _targets.size()};
    _moments.push_back(_now);
}

void _catch_up_{{pathway.name}}(int32_t _source)
{
    using namespace brian;
    if (_position[_source] == _moments.size()) return;
    %CONSTANTS%
    {{pointers_lines|autoindent}}
    size_t _event = _position[_source] ? _moments[_position[_source] - 1]._end : 0;
    for (size_t _moment = _position[_source]; _moment < _moments.size(); _moment++)
    {
        {% for value in kept.shared %}
        const {{value.type}} {{value.name}} = _moments[_moment].{{value.name}};
        {% endfor %}
        {% for value in kept.pre %}
        const {{value.type}} {{value.name}} = _kept_{{value.name}}[_moment * {{n_sources}} + _source];
        {% endfor %}
        #pragma GCC unroll 4
        for (const size_t _end = _moments[_moment]._end; _event < _end; _event++)
        {
            const int32_t _target = _targets[_event];
            const size_t _idx = (size_t)_source * {{n_targets}} + _target;
            const size_t _vectorisation_idx = _idx;
            {% for value in kept.post %}
            const {{value.type}} {{value.name}} = _kept_{{value.name}}[_event];
            {% endfor %}
            {{dense_code(kept.code)|autoindent}}
        }
    }
    _position[_source] = _moments.size();
}

void _settle_{{pathway.name}}()
{
    for (int32_t _source = 0; _source < {{n_sources}}; _source++)
    {
        _catch_up_{{pathway.name}}(_source);
        _position[_source] = 0;
    }
    _moments.clear();
    _targets.clear();
    {% for value in kept.pre + kept.post %}
    _kept_{{value.name}}.clear();
    {% endfor %}
}
