find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
find_package(OpenCV REQUIRED COMPONENTS core imgproc imgcodecs videoio)

set(watch ${PROJECT_SOURCE_DIR}/tools/watch)
lprnet_test(test_watch watch/motion_test.cpp watch/tracker_test.cpp)
target_sources(test_watch PRIVATE ${watch}/motion.cpp ${watch}/passing.cpp ${watch}/tracker.cpp)
target_include_directories(test_watch PRIVATE ${watch})
target_include_directories(test_watch SYSTEM PRIVATE ${OpenCV_INCLUDE_DIRS})
target_link_libraries(test_watch PRIVATE lprnet_cli opencv_core opencv_imgproc)

add_executable(draw_video watch/draw_video.cpp)
lprnet_own_target(draw_video)
target_include_directories(draw_video SYSTEM PRIVATE ${OpenCV_INCLUDE_DIRS})
target_link_libraries(draw_video PRIVATE opencv_core opencv_imgproc opencv_imgcodecs opencv_videoio)

# All of it in the build that users make.
set(suites Scenes.test_cars_that_stop_at_a_gate Trouble)
set(scenes gate)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(suites Scenes Sources Options Trouble)
  set(scenes day night pole gate)
endif()
# Drawn once for all of them.
set(videos ${CMAKE_CURRENT_BINARY_DIR}/videos)
add_test(NAME watch.draw_videos
         COMMAND ${Python3_EXECUTABLE} -B draw_videos.py $<TARGET_FILE:draw_video> ${videos} ${scenes}
         WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/watch)
set_tests_properties(watch.draw_videos PROPERTIES FIXTURES_SETUP videos LABELS watch TIMEOUT 300)
foreach(suite IN LISTS suites)
  add_test(NAME watch.${suite} COMMAND ${Python3_EXECUTABLE} -B -m unittest watch_test.${suite}
           WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/watch)
  set_tests_properties(watch.${suite} PROPERTIES FIXTURES_REQUIRED videos LABELS watch TIMEOUT 600
    ENVIRONMENT "LPRNET_WATCH=$<TARGET_FILE:lprnet_watch>;LPRNET_VIDEOS=${videos}")
endforeach()
