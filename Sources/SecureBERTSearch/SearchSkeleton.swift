// Full-text and vector search over documents.
