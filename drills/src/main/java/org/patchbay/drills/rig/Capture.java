package org.patchbay.drills.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A running {@code tcpdump} that writes the first bytes of each frame at one interface to a file.
 */
public final class Capture {
  /** Enough for all headers, the identification that the kernel counts up, and a timestamp. */
  private static final String KEPT_BYTES = "96";

  private static final Pattern LOST = Pattern.compile("(\\d+) packets? dropped by kernel");
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** tcpdump takes frames from the kernel at least once a second. */
  private static final Duration QUIET = Duration.ofMillis(1_300);

  /** Which frames a capture keeps, as seen from the kernel's side of the interface. */
  public enum Direction {
    /** What the kernel receives from it. */
    IN("in"),
    /** Everything. */
    BOTH("inout");

    private final String option;

    Direction(String option) {
      this.option = option;
    }
  }

  private final Child child;
  private final Path file;

  private Capture(Child child, Path file) {
    this.child = child;
    this.file = file;
  }

  /** Starts capturing; returns when it listens. */
  public static Capture start(
      Cleanup cleanup, Namespace namespace, String device, Direction direction, Path file)
      throws RigException, InterruptedException {
    Child child =
        Child.start(
            cleanup,
            "tcpdump at " + device,
            Map.of(),
            namespace.inside(
                "tcpdump",
                "-Z",
                "root",
                "-n",
                "-i",
                device,
                "-Q",
                direction.option,
                "-s",
                KEPT_BYTES,
                "-B",
                "32768",
                "--time-stamp-precision=nano",
                "-U",
                "-w",
                file.toString()));
    child.awaitLine("that it listens", LIMIT, line -> line.text().contains("listening on"));
    return new Capture(child, file);
  }

  /**
   * Waits until the frames that were seen are in the file, ends the capture and reads it. Traffic
   * must have ended.
   *
   * @throws RigException if the kernel dropped frames instead of capturing them
   */
  public List<Frame> finish() throws RigException, InterruptedException {
    awaitQuiet();
    return end();
  }

  /** As {@link #finish}, of a capture whose frames are all in the file. */
  public List<Frame> end() throws RigException, InterruptedException {
    child.interrupt();
    if (child.awaitExit(LIMIT).isEmpty()) {
      throw new RigException("tcpdump did not end within " + LIMIT.toMillis() + " ms.");
    }
    long lost = dropped(String.join("\n", child.lines().stream().map(Child.Line::text).toList()));
    if (lost != 0) {
      throw new RigException("The capture is not whole: it lacks " + lost + " frames.");
    }
    return CaptureFile.read(file);
  }

  /** Waits until the frames that were seen are in the file. */
  public void awaitQuiet() throws RigException, InterruptedException {
    long size = -1;
    long since = System.nanoTime();
    long begin = since;
    while (System.nanoTime() - since < QUIET.toNanos()) {
      long now = size();
      if (now != size) {
        size = now;
        since = System.nanoTime();
      }
      if (since - begin > LIMIT.toNanos()) {
        throw new RigException("Frames still arrive at " + file.getFileName() + ".");
      }
      Thread.sleep(20);
    }
  }

  private long size() throws RigException {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new RigException("The capture " + file + " is gone: " + e.getMessage(), e);
    }
  }

  /** What tcpdump's last words say about frames that it missed. */
  static long dropped(String lastWords) throws RigException {
    Matcher matcher = LOST.matcher(lastWords);
    if (!matcher.find()) {
      throw new RigException("tcpdump did not tell how it went: " + lastWords);
    }
    return Long.parseLong(matcher.group(1));
  }
}
