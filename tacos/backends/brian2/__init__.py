"""The Brian2 backend: C++ standalone for long runs, runtime for looking around."""
