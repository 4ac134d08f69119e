set(hot decoder.cpp)
set(files decoder.cpp overlap.cpp)
