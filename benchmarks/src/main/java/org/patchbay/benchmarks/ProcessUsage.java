package org.patchbay.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.Tool;

/**
 * What a process uses, as the kernel counts it.
 *
 * @param pid its process id
 */
record ProcessUsage(long pid) {

  private static final int USER_TIME = 11; // after the name's bracket, proc(5)
  private static final int SYSTEM_TIME = 12;
  private static final double TICKS_A_SECOND = 100; // USER_HZ, the same on every architecture

  /**
   * Memory in bytes.
   *
   * @param resident all pages that it has in memory
   * @param proportional the same with each shared page divided by its sharers
   * @param heap what live objects take on its JVM's heap
   */
  record Memory(long resident, long proportional, long heap) {}

  /** Time that it used a core, in percent of the time that passes, over so many seconds. */
  double corePercent(int seconds) throws RigException, InterruptedException {
    long begin = System.nanoTime();
    long before = ticks();
    TimeUnit.SECONDS.sleep(seconds);
    long used = ticks() - before;
    return 100 * (used / TICKS_A_SECOND) / ((System.nanoTime() - begin) / 1e9);
  }

  private long ticks() throws RigException {
    String line = read("stat");
    String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]);
  }

  /** Memory of a JVM of this machine's Java, after a collection. */
  Memory memory() throws RigException, InterruptedException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin/jcmd").toString();
    String process = Long.toString(pid);
    Tool.must(List.of(jcmd, process, "GC.run"));
    String heap = Tool.must(List.of(jcmd, process, "GC.heap_info"));
    String pages = read("smaps_rollup");
    return new Memory(
        sum("^Rss: +(\\d+) kB", pages),
        sum("^Pss: +(\\d+) kB", pages),
        // The serial collector's two generations; the metaspace is outside the heap.
        sum("^(?:DefNew|Tenured) +total \\d+K, used (\\d+)K", heap));
  }

  private String read(String file) throws RigException {
    Path path = Path.of("/proc", Long.toString(pid), file);
    try {
      return Files.readString(path, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new RigException(path + " can't be read: " + e.getMessage(), e);
    }
  }

  private static long sum(String pattern, String text) throws RigException {
    Matcher matcher = Pattern.compile(pattern, Pattern.MULTILINE).matcher(text);
    long sum = 0;
    int found = 0;
    for (; matcher.find(); found++) {
      sum += 1024 * Long.parseLong(matcher.group(1));
    }
    if (found == 0) {
      throw new RigException("There is nothing like '" + pattern + "' in: " + text.strip());
    }
    return sum;
  }
}
