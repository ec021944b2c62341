package org.patchbay.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Counts this process's open descriptors of the kinds that tests could leak. */
public final class OpenFiles {
  private static final List<String> KINDS =
      List.of("anon_inode:", "socket:", "/dev/net/tun", "/memfd:", "net:", "/run/netns/");

  private OpenFiles() {}

  /** How many descriptors of epoll, eventfd, io_uring, sockets, TAPs, memfds and namespaces. */
  public static long count() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.filter(OpenFiles::isCounted).count();
    }
  }

  private static boolean isCounted(Path descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return KINDS.stream().anyMatch(target::contains);
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }
}
