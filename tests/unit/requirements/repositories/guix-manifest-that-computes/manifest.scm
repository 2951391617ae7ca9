(specifications->manifest (call-with-input-file "list" read))
