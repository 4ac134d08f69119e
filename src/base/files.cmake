set(files file_bytes.cpp)
