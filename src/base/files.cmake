set(files file_bytes.cpp ledger.cpp output_file.cpp text.cpp)
