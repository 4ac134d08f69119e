set(files copy.cpp layout.cpp shape.cpp)
