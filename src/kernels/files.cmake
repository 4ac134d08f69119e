set(files grid.cpp kernel_set.cpp max_pool3d.cpp reduce.cpp reference.cpp targets.cpp)
