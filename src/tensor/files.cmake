set(files activation.cpp copy.cpp layout.cpp shape.cpp)
