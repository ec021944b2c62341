package org.patchbay.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** What some tests need of the machine; a test without it is skipped with the reason. */
public final class Requirements {
  private Requirements() {}

  /** Skips the test unless it may make network namespaces and TAPs. */
  public static void needNamespacesAndTaps() {
    assumeTrue(
        "root".equals(System.getProperty("user.name")),
        "network namespaces and TAPs need root; run the tests as root");
    assumeTrue(
        Files.exists(Path.of(Tun.DEVICE)), "TAPs need " + Tun.DEVICE + "; load the tun module");
    assumeTrue(
        Files.isExecutable(Path.of("/usr/sbin/ip")) || Files.isExecutable(Path.of("/sbin/ip")),
        "network namespaces need the ip command; install iproute2");
  }
}
