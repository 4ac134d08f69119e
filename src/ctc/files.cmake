set(hot beam_search.cpp greedy.cpp probabilities.cpp)
set(files alphabet.cpp automaton.cpp beam_search.cpp greedy.cpp probabilities.cpp text_probability.cpp)
