package org.patchbay.itests;

import static org.junit.Assert.assertEquals;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.OptionUtils;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.BundleContext;
import org.osgi.service.log.LogReaderService;
import org.patchbay.api.InspectNode;
import org.patchbay.api.control.EndpointInfo;
import org.patchbay.api.control.EndpointRegistry;
import org.patchbay.api.control.NicStatistics;
import org.patchbay.api.control.SwapRecord;
import org.patchbay.itests.FaultCase.Ending;
import org.patchbay.itests.FaultCase.Length;
import org.patchbay.itests.FaultTable.Run;

/**
 * Every fault, five times, on a NIC under traffic beside another NIC under traffic: the NIC is
 * where it should be, no id is missing, the neighbour notices nothing, and an operator reads once
 * what happened. Between the faults are runs in which nothing happens, against which the
 * neighbour's gaps are held.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class FaultIT {

  private static final String FAULT = "patchbay.itests.fault";
  private static final int ROUNDS = 5;
  private static final List<String> BAD_FRAMES =
      List.of("corrupt", "foreign", "duplicates", "reordered");

  /** How often a fault is measured, five runs each, before its neighbour counts as harmed. */
  private static final int MOST_SERIES = 4;

  /**
   * An undisturbed gap of more than this, in microseconds, tells of the machine. It counts as this
   * much until a fault is measured beside undisturbed runs of its own.
   */
  private static final long MOST_UNDISTURBED_MICROS = 10_000;

  /** How often a misuser on a thread of its own writes, and how often it must be refused. */
  private static final int MISUSES = 50;

  private static final int LEAST_REFUSED = MISUSES / 2;

  /** How much longer than without a fault the neighbour's longest gap may be, in microseconds. */
  private static final long ALLOWED_MICROS = 10_000;

  private static final long RECORD_NANOS = TimeUnit.SECONDS.toNanos(3);

  @Inject private BundleContext context;
  @Inject private LogReaderService reader;
  @Inject private EndpointRegistry registry;
  private final List<String> problems = new ArrayList<>();
  private final FaultTable table = new FaultTable();
  private final Set<String> recorded = new HashSet<>();

  @Configuration
  public Option[] platform() {
    return OptionUtils.combine(
        Bundles.platform(),
        told("patchbay.itests.target"),
        told("patchbay.itests.docs"),
        told(FAULT));
  }

  /** Properties of the build's JVM reach the container only if they are passed on. */
  private static Option told(String property) {
    return systemProperty(property).value(System.getProperty(property, ""));
  }

  @Test
  public void tableOfTheManualHasEachFault() throws Exception {
    assertEquals(
        FaultCase.all().stream().map(FaultCase::name).toList(),
        FaultTable.names(FaultTable.told("patchbay.itests.docs").resolve("faults.md")));
  }

  @Test
  public void faultsHarmNobodyButTheirNic() throws Exception {
    List<String> before;
    int descriptors;
    List<FaultCase> chosen = chosen();
    try (FaultRig rig = new FaultRig(context, reader)) {
      rig.open(FaultRig.NIC, true);
      warmUp(rig);
      before = Rig.threads();
      descriptors = Rig.descriptors();
      for (int round = 0; round < ROUNDS; round++) {
        rig.open(FaultRig.NIC, isFailover(round));
        for (Length length : Length.values()) {
          table.addUndisturbed(length, undisturbed(rig, length));
          for (FaultCase fault : chosen) {
            if (fault.length() == length) {
              runRecorded(rig, fault, isFailover(round));
            }
          }
        }
      }
      for (FaultCase fault : chosen) {
        checkNeighbour(rig, fault);
      }
      Files.writeString(
          FaultTable.told("patchbay.itests.target").resolve("faults.md"), table.text(chosen));
      Await.value(
          "no other thread is left than " + before,
          Rig::threads,
          now -> now.size() <= before.size());
      Await.value("no descriptor is left", Rig::descriptors, now -> now <= descriptors);
    }
    assertEquals("", String.join("\n", problems));
  }

  /** For work on one fault: -Dpatchbay.itests.fault=PATTERN runs those with such names. */
  private static List<FaultCase> chosen() {
    Pattern pattern = Pattern.compile(System.getProperty(FAULT, ""));
    return FaultCase.all().stream().filter(fault -> pattern.matcher(fault.name()).find()).toList();
  }

  private static boolean isFailover(int round) {
    return round % 2 == 0;
  }

  /** So that no run pays for classes that are loaded and code that is compiled once. */
  private void warmUp(FaultRig rig) throws Exception {
    for (FaultCase fault : FaultCase.all()) {
      if (fault.name().equals("throw-exception in txAvail")) {
        for (int i = 0; i < 5; i++) {
          run(rig, fault, true);
        }
      }
    }
    problems.clear();
  }

  /** The neighbour's longest gap while nothing happens, in microseconds. */
  private static long undisturbed(FaultRig rig, Length length) throws Exception {
    rig.measure(2000);
    rest(System.nanoTime(), length);
    return rig.gap(FaultRig.NEIGHBOUR);
  }

  private static void rest(long began, Length length) {
    long end = began + TimeUnit.MILLISECONDS.toNanos(length.millis());
    long left;
    while ((left = end - System.nanoTime()) > 0) {
      LockSupport.parkNanos(left);
    }
  }

  /**
   * Holds the neighbour's gaps against those of undisturbed runs. On a machine that has other work
   * to do a series may be bad by chance; a fault that does harm is bad in all of them.
   */
  private void checkNeighbour(FaultRig rig, FaultCase fault) throws Exception {
    List<String> bad = new ArrayList<>();
    while (isTooLong(fault)) {
      bad.add(gaps(fault));
      if (bad.size() == MOST_SERIES) {
        problems.add(fault.name() + ": gap of the neighbour: " + String.join(", then ", bad));
        return;
      }
      table.forget(fault);
      for (int round = 0; round < ROUNDS; round++) {
        rig.open(FaultRig.NIC, isFailover(round));
        table.addUndisturbed(fault, undisturbed(rig, fault.length()));
        runRecorded(rig, fault, isFailover(round));
      }
    }
  }

  private boolean isTooLong(FaultCase fault) {
    long undisturbed = table.undisturbedGap(fault);
    if (!table.isMeasuredAnew(fault)) {
      undisturbed = Math.min(undisturbed, MOST_UNDISTURBED_MICROS);
    }
    return table.neighbourGap(fault) > undisturbed + ALLOWED_MICROS;
  }

  private String gaps(FaultCase fault) {
    return table.neighbourGap(fault) + " us, undisturbed " + table.undisturbedGap(fault) + " us";
  }

  private void runRecorded(FaultRig rig, FaultCase fault, boolean failover) throws Exception {
    int problemsBefore = problems.size();
    Run run = run(rig, fault, failover);
    table.add(fault, run);
    if (problems.size() > problemsBefore) {
      System.out.println(problems.subList(problemsBefore, problems.size()));
    }
  }

  // ---- one run ----

  private Run run(FaultRig rig, FaultCase fault, boolean failover) throws Exception {
    Path release = Files.createTempFile("patchbay-fault", null);
    Files.delete(release);
    Map<String, Long> before = frames(rig);
    try {
      return run(rig, fault, failover, release);
    } catch (AssertionError | ExecutionException | TimeoutException e) {
      problem(fault, failover, e.toString());
      return new Run("failed", -1, 0, -1, -1);
    } finally {
      Files.writeString(release, "");
      rig.delete();
      // Which waits until configurations are delivered again, should the start have blocked.
      rig.measure(2000);
      checkReleased(rig, fault, failover);
      Files.delete(release);
      rig.rig().plug(FaultRig.NIC, FaultRig.BEHIND);
      rig.rig().awaitReceives(FaultRig.NIC);
      checkFrames(rig, fault, failover, before);
    }
  }

  /** What a native call held comes back when that has returned. */
  private void checkReleased(FaultRig rig, FaultCase fault, boolean failover) throws Exception {
    try {
      Await.value("nothing is set aside", () -> setAside(rig), count -> count == 0);
    } catch (AssertionError e) {
      problem(fault, failover, e.toString());
    }
  }

  private static long setAside(FaultRig rig) {
    return rig.inspected(FaultRig.NIC, "receive-ids-set-aside", -1);
  }

  /** Frames of the NIC that were not as they should be, so far. */
  private static Map<String, Long> frames(FaultRig rig) {
    Map<String, Long> frames = new HashMap<>();
    for (String key : BAD_FRAMES) {
      frames.put(key, rig.inspected(FaultRig.NIC, key, -1));
    }
    return frames;
  }

  /** What the fault did to frames, and that late writes and wrong ids did nothing to others. */
  private void checkFrames(
      FaultRig rig, FaultCase fault, boolean failover, Map<String, Long> before) {
    Map<String, Long> after = frames(rig);
    for (String key : BAD_FRAMES) {
      long more = after.getOrDefault(key, 0L) - before.getOrDefault(key, 0L);
      if (!fault.badFrames().contains(key) && more != 0) {
        problem(fault, failover, more + " frames are " + key);
      }
    }
    long bad = 0;
    for (String key : fault.badFrames()) {
      bad += after.getOrDefault(key, 0L) - before.getOrDefault(key, 0L);
    }
    if (!fault.badFrames().isEmpty() && bad == 0) {
      problem(fault, failover, "no frame is " + fault.badFrames());
    }
  }

  private Run run(FaultRig rig, FaultCase fault, boolean failover, Path release) throws Exception {
    int recordsBefore = rig.rig().control(FaultRig.NIC).records().size();
    Map<String, String> keys = new HashMap<>(fault.keys());
    if ("block".equals(keys.get("fault"))) {
      keys.put("release", release.toString());
    }
    rig.forgetRecords();
    if (fault.ending() != Ending.ABSENT) {
      rig.create(keys);
    }
    rig.measure(fault.rate());
    long began = System.nanoTime();
    String told =
        switch (fault.ending()) {
          case LOST -> lost(rig);
          case REFUSED -> refused(rig);
          case UNPLUGGED -> unplugged(rig);
          case INSPECTED -> inspected(rig);
          case ABSENT -> {
            rig.configure(keys);
            yield "";
          }
          case TOLERATED -> {
            rig.rig().plug(FaultRig.NIC, FaultRig.ENDPOINT);
            yield "";
          }
        };
    rest(began, fault.length());
    String current = rig.rig().control(FaultRig.NIC).current().orElse("");
    long neighbourGap = rig.gap(FaultRig.NEIGHBOUR);
    long nicGap = current.isEmpty() ? -1 : rig.gap(FaultRig.NIC);
    String expected =
        switch (fault.ending()) {
          case LOST -> failover ? FaultRig.BEHIND : "";
          case REFUSED, ABSENT -> FaultRig.BEHIND;
          case UNPLUGGED -> "";
          case INSPECTED, TOLERATED -> FaultRig.ENDPOINT;
        };
    if (!current.equals(expected)) {
      problem(fault, failover, "the NIC is on '" + current + "', expected '" + expected + "'");
    }
    checkRecords(rig, fault, failover, told);
    if (fault.ending() == Ending.TOLERATED) {
      checkTolerated(rig, fault, failover);
    }
    NicStatistics statistics = rig.rig().nic(FaultRig.NIC).statistics();
    if (statistics.idsOutstanding() != 0) {
      problem(fault, failover, "ids outstanding: " + statistics.idsOutstanding());
    }
    long setAside = setAside(rig);
    if (fault.setsAside() != (setAside > 0)) {
      problem(fault, failover, "receive ids set aside: " + setAside);
    }
    if (fault.misusesAside()) {
      checkMisuse(rig, fault, failover);
    }
    for (String key : BAD_FRAMES) {
      long count = rig.inspected(FaultRig.NEIGHBOUR, key, 0);
      if (count != 0) {
        problem(fault, failover, "the neighbour got " + count + " frames that are " + key);
      }
    }
    return new Run(
        what(rig, fault, current, recordsBefore),
        nicGap,
        neighbourGap,
        statistics.idsOutstanding(),
        setAside);
  }

  /**
   * What a thread of the endpoint's own did with buffers happened, and was refused where the queue
   * was closed. Its first tries may come before the engine has taken the buffers back.
   */
  private void checkMisuse(FaultRig rig, FaultCase fault, boolean failover) throws Exception {
    Await.value("it is misused", () -> rig.counted("misuses"), count -> count == MISUSES);
    long refused = rig.counted("misuses-refused");
    boolean good = fault.ending() == Ending.UNPLUGGED ? refused >= LEAST_REFUSED : refused == 0;
    if (!good) {
      problem(fault, failover, refused + " of " + MISUSES + " misuses were refused");
    }
  }

  private static String what(FaultRig rig, FaultCase fault, String current, int recordsBefore) {
    List<SwapRecord> records = rig.rig().control(FaultRig.NIC).records();
    Optional<SwapRecord> last =
        records.size() > recordsBefore || !records.isEmpty()
            ? Optional.of(records.getLast())
            : Optional.empty();
    return fault.ending() == Ending.LOST && last.isPresent()
        ? fault.ending().text() + " (" + last.get().reason() + ")"
        : fault.ending().text();
  }

  private void problem(FaultCase fault, boolean failover, String what) {
    problems.add(fault.name() + (failover ? " with a next match: " : " with a fallback: ") + what);
  }

  // ---- what makes the fault happen ----

  private static String lost(FaultRig rig) throws Exception {
    rig.rig().plug(FaultRig.NIC, FaultRig.ENDPOINT);
    Await.until(
        "the NIC leaves the endpoint",
        () -> !rig.rig().control(FaultRig.NIC).current().equals(Optional.of(FaultRig.ENDPOINT)));
    return "";
  }

  /** The answer to who plugs it. */
  private static String refused(FaultRig rig) throws Exception {
    try {
      rig.rig().plug(FaultRig.NIC, FaultRig.ENDPOINT);
    } catch (ExecutionException e) {
      return String.valueOf(e.getMessage());
    }
    throw new AssertionError("the plug was not refused");
  }

  private static String unplugged(FaultRig rig) throws Exception {
    rig.rig().plug(FaultRig.NIC, FaultRig.ENDPOINT);
    rig.rig().awaitReceives(FaultRig.NIC);
    rig.rig()
        .control(FaultRig.NIC)
        .unplug()
        .toCompletableFuture()
        .get(Await.LIMIT.toSeconds(), TimeUnit.SECONDS);
    return "";
  }

  /** The answer to who inspects it. */
  private static String inspected(FaultRig rig) throws Exception {
    rig.rig().plug(FaultRig.NIC, FaultRig.ENDPOINT);
    InspectNode node = new InspectNode();
    rig.rig().control(FaultRig.NIC).inspectEndpoint(node);
    return node.render();
  }

  // ---- what goes on ----

  private void checkTolerated(FaultRig rig, FaultCase fault, boolean failover) throws Exception {
    String what =
        switch (fault.name()) {
          case "id-never in txPoll" -> {
            // As many as the window has: nothing completes.
            long held = rig.rig().nic(FaultRig.NIC).statistics().txInFlight();
            yield held == 256 ? "" : held + " transmits are in flight";
          }
          case "take-name in getQueues" -> {
            List<EndpointInfo> named =
                registry.endpoints().stream()
                    .filter(info -> info.name().equals(FaultRig.BEHIND))
                    .toList();
            yield named.size() == 2 && !named.getFirst().shadowed() && named.getLast().shadowed()
                ? ""
                : "the endpoints of the name are " + named;
          }
          case "register-many in getQueues" -> {
            long many =
                registry.endpoints().stream()
                    .filter(info -> info.name().startsWith(FaultRig.ENDPOINT + "-"))
                    .count();
            yield many == 1000 ? "" : many + " endpoints were registered";
          }
          case "leak in getQueues" ->
              FaultRig.threads().size() == 10 ? "" : "threads are " + FaultRig.threads();
          case "wake-storm in getQueues" ->
              FaultRig.threads().size() == 1 ? "" : "threads are " + FaultRig.threads();
          case "middleware: delay" -> {
            rig.measure(fault.rate()); // without the frames from before the plug
            Await.until(
                "frames come back late", () -> rig.inspected(FaultRig.NIC, "frames", 0) >= 10);
            long median = rig.inspected(FaultRig.NIC, "p50", 0);
            yield median >= 10_000_000 ? "" : "the median latency is " + median + " ns";
          }
          default -> "";
        };
    if (!what.isEmpty()) {
      problem(fault, failover, what);
    }
    if (fault.name().startsWith("id-never")) {
      checkLost(rig, fault);
    }
  }

  /** What was never completed is, as lost, when the endpoint goes. */
  private static void checkLost(FaultRig rig, FaultCase fault) throws Exception {
    NicStatistics before = rig.rig().nic(FaultRig.NIC).statistics();
    rig.rig()
        .control(FaultRig.NIC)
        .unplug()
        .toCompletableFuture()
        .get(Await.LIMIT.toSeconds(), TimeUnit.SECONDS);
    if (fault.name().equals("id-never in txPoll")) {
      Await.value(
          before.txInFlight() + " transmits are completed as lost",
          () -> rig.rig().nic(FaultRig.NIC).statistics().txLost() - before.txLost(),
          lost -> lost == before.txInFlight());
    }
  }

  // ---- what operators read ----

  /**
   * Who asked for what failed is told the cause; and there is one record in the log, which names
   * the bundle and, unless another sentence was told, the cause.
   */
  private void checkRecords(FaultRig rig, FaultCase fault, boolean failover, String told)
      throws Exception {
    if (fault.cause().isEmpty()) {
      return;
    }
    if (!told.isEmpty() && !told.contains(fault.cause())) {
      problem(fault, failover, "who asked was told: " + told);
    }
    // What ends no plug is told once, or a few times, for each bundle.
    boolean first = recorded.add(fault.name()) || fault.ending() != Ending.TOLERATED;
    long deadline = System.nanoTime() + (first ? RECORD_NANOS : 0);
    while (rig.records().isEmpty() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(1_000_000);
    }
    List<String> records = List.copyOf(rig.records());
    boolean named = !told.isEmpty() || records.toString().contains(fault.cause());
    if (!first && records.isEmpty()) {
      return;
    }
    if (records.size() != 1 || !named) {
      problem(fault, failover, "records: " + records);
    }
  }
}
