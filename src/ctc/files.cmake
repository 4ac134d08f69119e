set(files alphabet.cpp greedy.cpp)
