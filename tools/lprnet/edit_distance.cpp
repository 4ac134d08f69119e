#include "edit_distance.h"

#include <algorithm>

namespace lprnet::cli {

std::size_t edit_distance(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) table[i][0] = i;
  for (std::size_t k = 0; k <= b.size(); ++k) table[0][k] = k;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t changed = a[i - 1] == b[k - 1] ? 0 : 1;
      table[i][k] =
          std::min({table[i - 1][k] + 1, table[i][k - 1] + 1, table[i - 1][k - 1] + changed});
      if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1]) {
        table[i][k] = std::min(table[i][k], table[i - 2][k - 2] + 1);
      }
    }
  }
  return table[a.size()][b.size()];
}

}  // namespace lprnet::cli
