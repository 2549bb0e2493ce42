{# Postsynaptic events that wait and do the same to a synapse until a value of the moment changes (see repeated.py): how
   often each neuron fired is counted, and a row catches up by repeating the statements, all its synapses side by side. #}
{% set n_sources = pathway.target.N %}
{% set n_targets = pathway.source.N %}
{% set events = get_array_name(pathway.source.variables[pathway.eventspace_name])|replace('_ptr_array', 'brian::_array') %}
{% set kept = replay(scalar_code, vector_code) %}
{% set repeats = repeated(kept) %}

namespace {

struct Moment  // a step with events
{
    {% for value in kept.shared %}
    {{value.type}} {{value.name}};
    {% endfor %}
    bool _differs;  // from the moment before
};

const size_t _most_moments = 255;  // what a count of one byte holds
const int32_t _block = 256;  // synapses that are repeated together
std::vector<Moment> _moments;
uint8_t _counts[(_most_moments + 1) * {{n_targets}}];  // of events before each moment
{% for name in repeats.conditions %}
uint8_t {{name}}s[_most_moments * {{n_sources}}];  // of each presynaptic neuron at each moment
{% endfor %}
int32_t _since[{{n_sources}}];  // the moment from which on nothing changed for a row
int32_t _position[{{n_sources}}];  // moments that a row has behind it

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
    const int32_t _now = _moments.size();
    Moment _moment = { {%- for value in kept.shared %}{{value.value}}, {% endfor -%} false};
    {% for value in kept.shared %}
    if (_now > 0 && _moment.{{value.name}} != _moments[_now - 1].{{value.name}}) _moment._differs = true;
    {% endfor %}
    uint8_t *_count = _counts + (_now + 1) * {{n_targets}};
    std::copy(_count - {{n_targets}}, _count, _count);
    for (int32_t _event = 0; _event < _n_events; _event++) _count[{{events}}[_event]]++;
    {% for value in kept.shared if value.value != value.name %}
    const {{value.type}} {{value.name}} = _moment.{{value.name}};
    {% endfor %}
    for (int32_t _source = 0; _source < {{n_sources}}; _source++)
    {
        bool _changed = _moment._differs;
        {% for value in kept.pre %}
        const {{value.type}} {{value.name}} = {{value.value}}[_source];
        {% endfor %}
        {% for name, condition in repeats.conditions.items() %}
        uint8_t *_row{{name}} = {{name}}s + (size_t)_now * {{n_sources}};
        _row{{name}}[_source] = ({{condition}}) ? 1 : 0;
        if (_now > 0) _changed |= _row{{name}}[_source] != (_row{{name}} - {{n_sources}})[_source];
        {% endfor %}
        if (_changed) _since[_source] = _now;
    }
    _moments.push_back(_moment);
}

void _catch_up_{{pathway.name}}(int32_t _source)
{
    using namespace brian;
    const int32_t _last = _moments.size();
    if (_position[_source] == _last) return;
    %CONSTANTS%
    {{pointers_lines|autoindent}}
    int32_t _from = _position[_source];
    while (_from < _last)
    {
        int32_t _to = _since[_source] <= _from ? _last : _from + 1;
        for (; _to < _last && !_moments[_to]._differs; _to++)
        {
            {% for name in repeats.conditions %}
            if ({{name}}s[(size_t)_to * {{n_sources}} + _source] != {{name}}s[(size_t)_from * {{n_sources}} + _source]) break;
            {% endfor %}
        }
        {% for value in kept.shared %}
        const {{value.type}} {{value.name}} = _moments[_from].{{value.name}};
        {% endfor %}
        {% for name in repeats.conditions %}
        const int32_t {{name}} = {{name}}s[(size_t)_from * {{n_sources}} + _source];
        {% endfor %}
        for (int32_t _first = 0; _first < {{n_targets}}; _first += _block)
        {
            const int32_t _size = std::min(_block, {{n_targets}} - _first);
            const uint8_t *_before = _counts + _from * {{n_targets}} + _first, *_after = _counts + _to * {{n_targets}} + _first;
            uint8_t _times[_block], _most = 0;
            for (int32_t _k = 0; _k < _size; _k++)
            {
                _times[_k] = _after[_k] - _before[_k];
                _most = std::max(_most, _times[_k]);
            }
            int32_t _moved = 1;  // once a round changes nothing, none does
            for (int32_t _round = 0; _round < _most && _moved; _round++)
            {
                _moved = 0;
                #pragma GCC ivdep
                for (int32_t _k = 0; _k < _size; _k++)
                {
                    const int32_t _target = _first + _k;
                    const size_t _idx = (size_t)_source * {{n_targets}} + _target;
                    const size_t _vectorisation_idx = _idx;
                    {{dense_code(repeats.code)|autoindent}}
                }
            }
        }
        _from = _to;
    }
    _position[_source] = _last;
}

void _settle_{{pathway.name}}()
{
    for (int32_t _source = 0; _source < {{n_sources}}; _source++)
    {
        _catch_up_{{pathway.name}}(_source);
        _position[_source] = _since[_source] = 0;
    }
    _moments.clear();
}
