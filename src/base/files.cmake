set(files file_bytes.cpp text.cpp)
