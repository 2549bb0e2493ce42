// What happens at the end of each step of a standalone program: append records to files, stop after the last presentation.
// The plan of what to record is a text file named by the environment variable TACOS_RECORD.
namespace tacos {

struct Entry {
    bool spikes, by_presentation;
    int number;
    int64_t every;
    std::vector<int64_t> indices;
    FILE *out;
};

static std::vector<Entry> read_plan()
{
    std::vector<Entry> plan;
    const char *path = std::getenv("TACOS_RECORD");
    if (!path) return plan;
    std::ifstream file(path);
    std::string line, name;
    while (std::getline(file, line) && std::getline(file, name)) {
        std::istringstream words(line);
        std::string kind, unit;
        int64_t index;
        Entry entry;
        words >> kind >> entry.number >> unit >> entry.every;
        while (words >> index) entry.indices.push_back(index);
        entry.spikes = kind == "spikes";
        entry.by_presentation = unit == "presentation";
        entry.out = std::fopen(name.c_str(), "ab");
        if (!entry.out) std::cerr << "cannot write " << name << std::endl, std::exit(3);
        plan.push_back(entry);
    }
    return plan;
}

static bool orphaned()
{
    // Who started us was killed, may be started anew and cut the records to its checkpoint: write no more.
    static const char *parent = std::getenv("TACOS_PARENT");
    return parent && std::atol(parent) != (long)getppid();
}

static void check(bool written)
{
    // A record that cannot be written ends the program: what was recorded before stays whole.
    if (!written) std::cerr << "cannot write a record: is the disk full?" << std::endl, std::exit(3);
}

template <class From, class To> static void append(Entry &entry, const From *values, size_t size)
{
    static std::vector<To> row;
    row.clear();
    if (entry.indices.empty()) row.assign(values, values + size);
    else for (size_t k = 0; k < entry.indices.size(); k++) row.push_back((To)values[entry.indices[k]]);
    check(std::fwrite(row.data(), sizeof(To), row.size(), entry.out) == row.size());
}

static void append_state(Entry &entry)
{
    switch (entry.number) {
%STATES%
    }
}

static void append_spikes(Entry &entry, int32_t presentation, int32_t step)
{
    const int32_t *events = 0;
    int32_t count = 0;
    switch (entry.number) {
%SPIKES%
    }
    for (int32_t k = 0; k < count; k++) {
        const int32_t spike[3] = {presentation, step, events[k]};
        check(std::fwrite(spike, sizeof(int32_t), 3, entry.out) == 3);
    }
}

}  // namespace tacos

static double after_step(int64_t t_in_timesteps, int64_t first_presentation, int64_t n_presentations)
{
    static std::vector<tacos::Entry> plan = tacos::read_plan();
    const int64_t steps = %STEPS%, now = first_presentation * steps + t_in_timesteps, step = t_in_timesteps % steps;
    const bool last = step == steps - 1;
    if (last && tacos::orphaned()) std::_Exit(4);
    if (last) { %SETTLE% }  // no event waits beyond its presentation
    for (size_t k = 0; k < plan.size(); k++) {
        tacos::Entry &entry = plan[k];
        if (entry.spikes) tacos::append_spikes(entry, (int32_t)(now / steps), (int32_t)step);
        else if (entry.by_presentation ? last && (now / steps + 1) % entry.every == 0 : (now + 1) % entry.every == 0)
            tacos::append_state(entry);
    }
    if (last && t_in_timesteps / steps + 1 >= n_presentations) {
        for (size_t k = 0; k < plan.size(); k++) tacos::check(std::fclose(plan[k].out) == 0);
        Network::_globally_stopped = true;
    }
    return 0.0;
}
