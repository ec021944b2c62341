package org.patchbay.linux;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A processor architecture that the bindings know, with what differs between them in the kernel's
 * interface. Everything not listed here is the same on both.
 */
public enum Architecture {
  /** 64-bit x86; {@code struct epoll_event} is packed. */
  X86_64(true),
  /** 64-bit Arm; {@code struct epoll_event} has natural alignment. */
  AARCH64(false);

  private static final @Nullable Architecture HOST = of(System.getProperty("os.arch", ""));

  private final boolean packedEpollEvent;

  Architecture(boolean packedEpollEvent) {
    this.packedEpollEvent = packedEpollEvent;
  }

  /** Whether {@code struct epoll_event} is packed: 12 bytes with its data at 4, else 16 with 8. */
  public boolean packedEpollEvent() {
    return packedEpollEvent;
  }

  /** The architecture of this JVM, or null if the bindings do not know it. */
  public static @Nullable Architecture host() {
    return HOST;
  }

  /** The architecture with the JVM's name {@code os.arch}, or null if it is not one of these. */
  static @Nullable Architecture of(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "amd64", "x86_64", "x86-64" -> X86_64;
      case "aarch64", "arm64" -> AARCH64;
      default -> null;
    };
  }
}
