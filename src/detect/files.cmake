set(files decoder.cpp overlap.cpp)
