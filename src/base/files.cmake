set(files file_bytes.cpp ledger.cpp text.cpp)
