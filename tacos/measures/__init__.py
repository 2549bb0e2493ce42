"""What is measured: metrics of an accuracy matrix, statistics over seeds, tables of paired differences."""
