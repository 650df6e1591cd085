#pragma once

#include "recon/core/random.hpp"
#include "recon/model/request.hpp"
#include "recon/prompts/prompts.hpp"

#include <array>
#include <map>
#include <utility>
#include <vector>

namespace recon {

/// A random order of the three dimension definitions (paper D.3).
[[nodiscard]] inline std::array<Dimension, 3> random_dimension_order(KeyedRandom random) {
  std::vector<Dimension> order = {Dimension::style, Dimension::intent, Dimension::values};
  random.shuffle(order);
  return {order[0], order[1], order[2]};
}

/// The forms of a judge's replies as schemas, each made once.
class ReplySchemas {
 public:
  [[nodiscard]] const ReplySchema& listwise(std::size_t candidates, const ReplyForm& form) {
    return made(candidates, form, [&] { return Prompts::listwise_schema(candidates, form); });
  }
  [[nodiscard]] const ReplySchema& pairwise(const ReplyForm& form) {
    return made(0, form, [&] { return Prompts::pairwise_schema(form); });
  }

 private:
  using Key = std::pair<std::size_t, std::pair<std::array<Dimension, 3>, bool>>;
  std::map<Key, ReplySchema> made_;

  template <class Make>
  const ReplySchema& made(std::size_t candidates, const ReplyForm& form, const Make& make) {
    const Key key{candidates, {form.dimensions, form.explain}};
    const auto known = made_.find(key);
    return known != made_.end() ? known->second : made_.emplace(key, make()).first->second;
  }
};

}  // namespace recon
