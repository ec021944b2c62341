package org.patchbay.drills;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.patchbay.drills.peer.ReflectingPeer;
import org.patchbay.drills.platform.PlatformProcess;
import org.patchbay.drills.platform.SwapRow;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.RigException;

/**
 * A platform with probes, and a stranger's jar that comes and goes in its {@code deploy/}, such as
 * the vendor's backend, whose endpoints connect to peers that send each frame back.
 *
 * <pre>
 *  probe NIC ~~ endpoint sN of the stranger's ── unix socket ── {@link ReflectingPeer}
 *           └~~ loopback or the fallback, while the stranger's bundle is not there
 * </pre>
 */
final class StrangerStage {
  /** Under this name any version lies in deploy/, as an operator would replace it. */
  private static final String JAR = "stranger.jar";

  /** As long as a file of half its length must do no harm; File Install looks twice a second. */
  private static final Duration HALF_COPIED = Duration.ofMillis(1_300);

  private static final Duration LIMIT = Duration.ofSeconds(15);

  private final Stranger stranger;
  private final PlatformProcess platform;

  /**
   * A probe and the peer of its endpoint.
   *
   * @param nic name of the NIC
   * @param endpoint name of the stranger's endpoint
   * @param peer its peer
   */
  record Line(String nic, String endpoint, ReflectingPeer peer) {}

  private final List<Line> lines;
  private final Map<String, List<String>> configurations;

  private StrangerStage(
      Stranger stranger,
      PlatformProcess platform,
      List<Line> lines,
      Map<String, List<String>> configurations) {
    this.stranger = stranger;
    this.platform = platform;
    this.lines = lines;
    this.configurations = configurations;
  }

  /**
   * Starts the platform, without the jar.
   *
   * @param nics names of the probes, to the lines of their configuration but name and rate
   */
  static StrangerStage set(Ground ground, Stranger stranger, Map<String, List<String>> nics)
      throws RigException, InterruptedException {
    List<Line> lines = new ArrayList<>();
    Map<String, List<String>> configurations = new HashMap<>();
    for (Map.Entry<String, List<String>> nic : nics.entrySet()) {
      String endpoint = "s" + lines.size();
      Path socket = ground.folder().resolve(endpoint + ".sock");
      lines.add(new Line(nic.getKey(), endpoint, ReflectingPeer.start(ground.cleanup(), socket)));
      List<String> configuration = new ArrayList<>(List.of("name=" + nic.getKey()));
      configuration.addAll(nic.getValue());
      configurations.put("org.patchbay.probe-" + nic.getKey() + ".cfg", configuration);
    }
    PlatformProcess.prepareHome(ground.home(), atRate(configurations, 1_000));
    PlatformProcess platform = ground.start();
    StrangerStage stage = new StrangerStage(stranger, platform, lines, configurations);
    for (Line line : lines) {
      Await.until("the NIC " + line.nic, LIMIT, () -> platform.ask("stats " + line.nic).done());
    }
    return stage;
  }

  private static Map<String, List<String>> atRate(
      Map<String, List<String>> configurations, int rate) {
    Map<String, List<String>> files = new HashMap<>();
    configurations.forEach(
        (name, lines) -> {
          List<String> more = new ArrayList<>(lines);
          more.add("rate=" + rate);
          files.put(name, more);
        });
    return files;
  }

  /** The platform. */
  PlatformProcess platform() {
    return platform;
  }

  /** The probes, in the order in which they were named. */
  List<Line> lines() {
    return lines;
  }

  /** Has all probes send so many frames a second; returns before they do. */
  void send(int rate) throws RigException {
    PlatformProcess.prepareHome(platform.home(), atRate(configurations, rate));
  }

  /** The stranger. */
  Stranger stranger() {
    return stranger;
  }

  /** Copies a jar of the stranger's into deploy/, slowly; returns as soon as it is whole. */
  void copyIn(Path jar) throws RigException, InterruptedException {
    platform.deploySlowly(jar, JAR, HALF_COPIED);
  }

  /** Moves a jar of the stranger's into deploy/, over the one that is there. */
  void moveIn(Path jar) throws RigException {
    platform.deploy(jar, JAR);
  }

  /** Deletes the jar, and waits until no endpoint of its bundle is left. */
  void delete() throws RigException, InterruptedException {
    Path jar = platform.home().resolve("deploy").resolve(JAR);
    try {
      Files.delete(jar);
    } catch (IOException e) {
      throw new RigException(jar + " can't be deleted: " + e.getMessage(), e);
    }
    Await.until(
        "the end of the endpoints of " + stranger.bundle(),
        LIMIT,
        () -> !platform.must("endpoints").contains(stranger.bundle()));
  }

  /** Makes the lines' endpoints by the console, as soon as the platform knows their type. */
  void create() throws RigException, InterruptedException {
    for (Line line : lines) {
      String command = stranger.create(line.endpoint, socket(line));
      if (!Await.within(LIMIT, () -> platform.ask(command).done())) {
        // Once more, for its words.
        platform.must(command);
      }
    }
  }

  private Path socket(Line line) {
    return platform.home().resolveSibling(line.endpoint + ".sock");
  }

  /** Plugs each line's endpoint. */
  void plug() throws RigException, InterruptedException {
    for (Line line : lines) {
      platform.must("plug " + line.nic + " " + line.endpoint);
    }
  }

  /** The number of a NIC's last transition; 0 if there was none. */
  long generation(Line line) throws RigException, InterruptedException {
    List<SwapRow> swaps = platform.inspect(line.nic).swaps();
    return swaps.isEmpty() ? 0 : swaps.getLast().generation();
  }

  /** What happened to a NIC after the transition of that number. */
  List<SwapRow> since(Line line, long generation) throws RigException, InterruptedException {
    return platform.inspect(line.nic).swaps().stream()
        .filter(swap -> swap.generation() > generation)
        .toList();
  }

  /**
   * Waits until a NIC left its endpoint and returned to it, after the transition of that number.
   */
  void awaitReturn(Line line, long generation) throws RigException, InterruptedException {
    Await.until(
        line.endpoint + " gone and back at " + line.nic,
        LIMIT,
        () -> {
          List<SwapRow> swaps = since(line, generation);
          return swaps.size() >= 2
              && swaps.getFirst().from().equals(line.endpoint)
              && swaps.getLast().to().equals(line.endpoint);
        });
  }

  /** Waits until a line's endpoint is plugged to its NIC. */
  void awaitPlugged(Line line) throws RigException, InterruptedException {
    UplinkSteps.awaitCurrent(platform, line.nic, line.endpoint);
  }

  /** Waits until the peer of a line, if it has one, gets frames, and its probe has frames back. */
  void awaitFlow(Line line) throws RigException, InterruptedException {
    long received = line.peer.received();
    long returned = ProbeCounts.of(platform.inspect(line.nic)).returned();
    Await.until(
        "a frame of " + line.nic + " that its peer sent back",
        LIMIT,
        () ->
            (!stranger.hasPeers() || line.peer.received() > received)
                && ProbeCounts.of(platform.inspect(line.nic)).returned() > returned);
  }

  /** Ids that the ledgers of all NICs miss. */
  long idsOutstanding() throws RigException, InterruptedException {
    long ids = 0;
    for (Line line : lines) {
      ids += platform.inspect(line.nic).number("ids outstanding");
    }
    return ids;
  }

  /** Checks that the platform shows a version of the bundle behind each line. */
  void requireVersion(String version) throws RigException, InterruptedException {
    for (Line line : lines) {
      String row =
          platform
              .must("endpoints")
              .lines()
              .filter(text -> text.startsWith(line.endpoint + " "))
              .findFirst()
              .orElse("");
      if (!row.contains(stranger.bundle()) || !row.contains(version)) {
        throw new RigException(
            "Behind " + line.endpoint + " is not version " + version + " but: " + row);
      }
    }
  }

  /** Checks that no peer met anything that the framing does not allow. */
  void requireCleanFraming() throws RigException {
    for (Line line : lines) {
      if (line.peer.fault().isPresent()) {
        throw new RigException("The peer of " + line.nic + ": " + line.peer.fault().get());
      }
    }
  }
}
