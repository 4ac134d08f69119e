set(hot targets.cpp)
set(files grid.cpp kernel_set.cpp reduce.cpp reference.cpp targets.cpp)
