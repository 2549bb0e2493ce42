"""Our C++ templates for Brian2 (data, found by its template loader)."""
