#pragma once

#include "recon/model/request.hpp"

#include <cstddef>
#include <string>

#include "openai_wire.hpp"

namespace recon {

/// One server of a model, and what it was found to support: the first request that wants something finds out
/// for all.
class OpenAiEndpoint {
 public:
  OpenAiEndpoint(std::string base_url, WireOptions options);

  [[nodiscard]] const std::string& base_url() const { return base_url_; }

  /// What a request will use here.
  struct Use {
    bool several_samples = false;
    bool reply_schema = false;
    bool max_tokens = false;  ///< under its older name
  };
  [[nodiscard]] Use use_of(const Request& request, int samples) const;
  /// False while another request is finding out about something that this one wants as well.
  [[nodiscard]] bool is_known(const Use& use) const;
  [[nodiscard]] WireRequest wire(const Request& request, int samples) const;
  /// A request that uses this goes out.
  void asking(const Use& use);
  /// It was answered, with as many answers. Returns a warning where the server ignored something, else
  /// nothing.
  [[nodiscard]] std::string answered(const Use& use, int wanted, std::size_t answers);
  /// It ended without telling.
  void no_answer(const Use& use);
  /// True where the refusal is about something that recon can do without or in another way, which is then
  /// done so from now on; `warning` says what.
  [[nodiscard]] bool falls_back(const Use& use, const std::string& body, std::string& warning);

 private:
  enum class Support { unknown, asking, yes, no };
  std::string base_url_;
  WireOptions options_;
  Support several_samples_ = Support::unknown;
  Support reply_schema_ = Support::unknown;
};

}  // namespace recon
