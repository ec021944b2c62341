package org.patchbay.drills.peer;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.patchbay.drills.rig.Child;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.TemporaryFolder;

/**
 * DPDK's {@code dpdk-testpmd} told over its standard input what to do. Its counts are exact: what
 * it sent is in the ring, and what it received was taken out of it.
 */
public final class Testpmd {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Pattern RECEIVED = Pattern.compile("RX-packets: (\\d+) .*RX-missed:.*");
  private static final Pattern SENT = Pattern.compile("TX-packets: (\\d+) .*TX-errors:.*");
  private static final Pattern RATE = Pattern.compile("Rx-pps: +(\\d+) .*");
  private static final Pattern DETAIL = Pattern.compile("([a-z0-9_]+): (\\d+)");
  private static final AtomicInteger NEXT = new AtomicInteger();

  /** What programs it needs on this machine. */
  public static final List<String> PROGRAMS = List.of("dpdk-testpmd", "stdbuf");

  private final Child child;

  private Testpmd(Child child) {
    this.child = child;
  }

  /**
   * What a port counted since it was started.
   *
   * @param sent frames that it put into transmit rings
   * @param received frames that it took out of receive rings
   * @param receivedPerSecond the rate since it was last asked, by its own clock
   */
  public record Counts(long sent, long received, long receivedPerSecond) {}

  /**
   * How to start it.
   *
   * @param devices virtual devices with their options, a port each; see {@link #virtioUser} and
   *     {@link #vhostDevice}
   * @param cores the processors, counted from 0, that its threads run on: that of the commands,
   *     then those of the threads that forward
   * @param queuePairs pairs of queues that each port uses
   * @param buffers packet buffers that all ports share
   * @param options further options of testpmd itself
   */
  public record Setup(
      List<String> devices,
      List<Integer> cores,
      int queuePairs,
      int buffers,
      List<String> options) {

    /** One port, few buffers, and both threads wherever there is room. */
    public static Setup of(String device, int queuePairs) {
      return new Setup(List.of(device), List.of(), queuePairs, 4096, List.of());
    }
  }

  /**
   * A virtio driver in user space, the peer of a vhost-user device.
   *
   * @param port the port's number
   * @param listens whether it listens at the socket; else it connects
   * @param more further options, each after a comma, such as {@code ,packed_vq=1}
   */
  public static String virtioUser(
      int port, Path socket, boolean listens, int queuePairs, String more) {
    return "net_virtio_user"
        + port
        + ",path="
        + socket
        + ",queue_size=256,queues="
        + queuePairs
        + (listens ? ",server=1" : "")
        + more;
  }

  /** DPDK's own vhost-user device, which listens at a socket. */
  public static String vhostDevice(int port, Path socket, int queuePairs) {
    return "net_vhost" + port + ",iface=" + socket + ",queues=" + queuePairs;
  }

  /** Starts it; returns when its ports are up. It forwards nothing yet. */
  public static Testpmd start(Cleanup cleanup, Setup setup)
      throws RigException, InterruptedException {
    // It leaves a folder of its own in there.
    Path folder = TemporaryFolder.create(cleanup);
    List<String> command =
        new ArrayList<>(
            List.of(
                "env",
                "RUNTIME_DIRECTORY=" + folder,
                // It buffers what it prints into a pipe.
                "stdbuf",
                "-oL",
                "dpdk-testpmd",
                "--lcores",
                setup.cores.isEmpty() ? "(0-1)@(0-1)" : cores(setup.cores),
                "--no-huge",
                "-m",
                // A buffer takes 2.3 KB; the rest is rings.
                Integer.toString(48 + setup.buffers / 256),
                "--no-pci",
                "--no-telemetry",
                "--no-shconf",
                "--file-prefix=patchbay-"
                    + ProcessHandle.current().pid()
                    + "-"
                    + NEXT.getAndIncrement()));
    for (String device : setup.devices) {
      command.addAll(List.of("--vdev", device));
    }
    command.addAll(
        List.of(
            "--",
            "--interactive",
            "--no-mlockall",
            "--no-flush-rx",
            "--total-num-mbufs=" + setup.buffers,
            "--rxq=" + setup.queuePairs,
            "--txq=" + setup.queuePairs));
    command.addAll(setup.options);
    Testpmd testpmd = new Testpmd(Child.startTalking(cleanup, "testpmd", command));
    testpmd.counts(0);
    return testpmd;
  }

  private static String cores(List<Integer> processors) {
    List<String> cores = new ArrayList<>();
    for (int processor : processors) {
      cores.add(cores.size() + "@" + processor);
    }
    return String.join(",", cores);
  }

  /** Its process. */
  public Child child() {
    return child;
  }

  /**
   * Begins to forward, in a mode such as {@code flowgen}, which sends frames and takes what comes.
   */
  public void forward(String mode) throws RigException {
    say("set fwd " + mode);
    say("start");
  }

  /** Ends forwarding; frames that have come meanwhile stay in the rings. */
  public void halt() throws RigException {
    say("stop");
  }

  /** Gives it a command. */
  public void say(String command) throws RigException {
    child.say(command);
  }

  /** What a port has counted; waits for commands given before. */
  public Counts counts(int port) throws RigException, InterruptedException {
    Instant asked = Instant.now();
    child.say("show port stats " + port);
    return new Counts(number(SENT, asked), number(RECEIVED, asked), number(RATE, asked));
  }

  private long number(Pattern pattern, Instant asked) throws RigException, InterruptedException {
    Child.Line line =
        child.awaitLine(
            "its counts",
            LIMIT,
            one -> !one.at().isBefore(asked) && pattern.matcher(one.text().strip()).matches());
    Matcher matcher = pattern.matcher(line.text().strip());
    if (!matcher.matches()) {
      throw new IllegalStateException("a line was found that does not match: " + line);
    }
    return Long.parseLong(matcher.group(1));
  }

  /** What a port counts in detail: name, such as {@code rx_q0_good_packets}, to number. */
  public Map<String, Long> details(int port) throws RigException, InterruptedException {
    Instant asked = Instant.now();
    child.say("show port xstats " + port);
    // Another command's answer tells that the list has ended.
    child.say("show port stats " + port);
    number(SENT, asked);
    Map<String, Long> details = new HashMap<>();
    for (Child.Line line : child.lines()) {
      Matcher matcher = DETAIL.matcher(line.text().strip());
      if (!line.at().isBefore(asked) && matcher.matches()) {
        details.put(matcher.group(1), Long.parseLong(matcher.group(2)));
      }
    }
    return details;
  }

  /** Ends it in order, its port closed. */
  public void quit() throws RigException, InterruptedException {
    say("quit");
    OptionalInt exit = child.awaitExit(LIMIT);
    if (exit.isEmpty() || exit.getAsInt() != 0) {
      throw new RigException(
          "testpmd "
              + (exit.isEmpty() ? "did not end" : "exited with " + exit.getAsInt())
              + ": "
              + child.tail());
    }
  }
}
