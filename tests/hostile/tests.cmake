lprnet_test(test_hostile_model_file hostile/allocations.cpp hostile/model_file_test.cpp hostile/mutations.cpp)
lprnet_test(test_hostile_pth hostile/allocations.cpp hostile/pth_test.cpp)
lprnet_test(test_limits hostile/limits_test.cpp)
lprnet_test(test_costly_model hostile/allocations.cpp hostile/costly_model_test.cpp EACH)
lprnet_test(test_costly_model_shared hostile/allocations.cpp hostile/shared_models_test.cpp LABELS shared)

# A few thousand files in the suite, a million by hand; see the program's head.
add_executable(random_files hostile/random_files.cpp)
lprnet_own_target(random_files)
target_link_libraries(random_files PRIVATE lprnet)
add_test(NAME hostile.random_files
         COMMAND random_files ${CMAKE_CURRENT_BINARY_DIR}/fuzz/seeds ${CMAKE_CURRENT_SOURCE_DIR}/golden/models
                 ${PROJECT_SOURCE_DIR}/models/samples --files 2000 --max-mib 4096)
set_tests_properties(hostile.random_files PROPERTIES FIXTURES_REQUIRED fuzz_seeds)
