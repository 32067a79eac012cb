"""Finding entries in the log: filters, the index, exports, the stream."""
