#include "recon/cli/command.hpp"

int main(int argument_count, char** arguments, char** environment) {
  return recon::run_program(argument_count, arguments, environment);
}
