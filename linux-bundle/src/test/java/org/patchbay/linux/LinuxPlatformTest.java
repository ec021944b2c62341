package org.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

class LinuxPlatformTest {
  @Test
  void theBindingsWorkHere() {
    assertNull(LinuxPlatform.problem());
  }

  @Test
  void eachProblemHasASentence() {
    assertEquals(
        "The system is Mac OS X, and the bindings are for Linux only.",
        LinuxPlatform.problem("Mac OS X", "aarch64", true));
    assertEquals(
        "The architecture is riscv64, and the bindings know x86-64 (amd64) and aarch64 only.",
        LinuxPlatform.problem("Linux", "riscv64", true));
    assertEquals(
        "Native access is not enabled: start the JVM with --enable-native-access=ALL-UNNAMED.",
        LinuxPlatform.problem("Linux", "amd64", false));
    assertNull(LinuxPlatform.problem("Linux", "aarch64", true));
  }
}
