#pragma once

namespace recon {

/// Installs handlers for SIGINT and SIGTERM: the first one asks for draining, the second one ends the process
/// at once (exit 130; everything committed stays). Meant to be called once by `main`.
void install_interrupt_handlers();

/// True after the first Ctrl-C: nothing new is started, what is in flight is finished and stored.
[[nodiscard]] bool interrupt_requested();

}  // namespace recon
