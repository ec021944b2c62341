package org.patchbay.drills.platform;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.RigException;

/**
 * What a process holds that has to be given back, as the kernel counts it in /proc: open sockets,
 * event descriptors and the like, mappings of shared memory, and threads. What a JVM opens and
 * starts on its own account, files of classes and threads of its compilers, is not in it.
 *
 * @param held kind of thing, such as {@code descriptor socket} or {@code thread vm0-worker-0}, to
 *     how many there are
 */
public record Footprint(Map<String, Integer> held) {
  /** Begins of names that threads of the JVM itself have. */
  private static final List<String> THREADS_OF_JVM =
      List.of(
          "C1 Compiler",
          "C2 Compiler",
          "Attach Listener",
          "GC Thread",
          "Signal Dispatch",
          "process reaper",
          "Common-Cleaner",
          "ForkJoinPool",
          "VirtualThread");

  /** Counts what a process holds now. */
  public static Footprint of(long pid) throws RigException {
    Path process = Path.of("/proc", Long.toString(pid));
    Map<String, Integer> held = new TreeMap<>();
    try {
      for (Path descriptor : list(process.resolve("fd"))) {
        countDescriptor(descriptor, held);
      }
      for (String line : Files.readAllLines(process.resolve("maps"))) {
        // address permissions offset device inode path: s for shared
        String[] words = line.split(" +", 6);
        if (words.length == 6 && words[1].endsWith("s") && !words[5].startsWith("[")) {
          held.merge("shared mapping", 1, Integer::sum);
        }
      }
      for (Path task : list(process.resolve("task"))) {
        countThread(task, held);
      }
    } catch (IOException e) {
      throw new RigException("What process " + pid + " holds can't be read: " + e.getMessage(), e);
    }
    return new Footprint(held);
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.toList();
    }
  }

  private static void countDescriptor(Path descriptor, Map<String, Integer> held)
      throws IOException {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      // socket:[inode], anon_inode:[eventfd], /memfd:name (deleted), /dev/net/tun, /a/file
      String kind = target.startsWith("socket:") ? "socket" : target;
      if (!target.startsWith("/") || target.startsWith("/dev/net/") || target.contains("memfd")) {
        held.merge("descriptor " + kind, 1, Integer::sum);
      }
    } catch (NoSuchFileException e) {
      // It was closed since.
    }
  }

  private static void countThread(Path task, Map<String, Integer> held) throws IOException {
    try {
      String name = Files.readString(task.resolve("comm"), StandardCharsets.UTF_8).strip();
      if (THREADS_OF_JVM.stream().noneMatch(name::startsWith)) {
        held.merge("thread " + name, 1, Integer::sum);
      }
    } catch (IOException e) {
      // ESRCH, where it ended between opening the file and reading it.
      if (Files.exists(task)) {
        throw e;
      }
    }
  }

  /**
   * Waits until a process holds nothing more than it held before; it may hold less, as threads that
   * wait for work end after a while.
   *
   * @throws RigException with what it holds more, if it still does after the limit
   */
  public void awaitNoMore(long pid, Duration limit) throws RigException, InterruptedException {
    if (!Await.within(limit, () -> excess(of(pid)).isEmpty())) {
      throw new RigException(
          "The platform holds more than before: " + String.join(", ", excess(of(pid))) + ".");
    }
  }

  /** What a later footprint has more, a phrase each. */
  List<String> excess(Footprint later) {
    List<String> excess = new ArrayList<>();
    later.held.forEach(
        (kind, now) -> {
          int before = held.getOrDefault(kind, 0);
          if (now > before) {
            excess.add(kind + " " + now + " instead of " + before);
          }
        });
    return excess;
  }
}
