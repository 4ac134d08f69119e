set(files shape.cpp)
