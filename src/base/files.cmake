set(files file_bytes.cpp fork_mark.cpp ledger.cpp output_file.cpp pieces.cpp text.cpp thread_pool.cpp)
