package org.patchbay.linux;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Whether the bindings can work in this JVM. */
public final class LinuxPlatform {
  private LinuxPlatform() {}

  /** Whether every binding of this package can be called. */
  public static boolean usable() {
    return problem() == null;
  }

  /**
   * Why the bindings cannot be called in this JVM, as one sentence that says what to do, or null if
   * they can. Calls nothing native, so it is safe on any system; any thread.
   */
  public static @Nullable String problem() {
    return problem(
        System.getProperty("os.name", ""),
        System.getProperty("os.arch", ""),
        LinuxPlatform.class.getModule().isNativeAccessEnabled());
  }

  static @Nullable String problem(String system, String architecture, boolean nativeAccess) {
    if (!system.toLowerCase(Locale.ROOT).equals("linux")) {
      return "The system is " + system + ", and the bindings are for Linux only.";
    }
    if (Architecture.of(architecture) == null) {
      return "The architecture is "
          + architecture
          + ", and the bindings know x86-64 (amd64) and aarch64 only.";
    }
    if (!nativeAccess) {
      return "Native access is not enabled: start the JVM with --enable-native-access=ALL-UNNAMED.";
    }
    return null;
  }
}
