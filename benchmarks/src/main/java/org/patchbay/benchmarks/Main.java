package org.patchbay.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;

/**
 * Runs the named benches, or all of them, and prints their tables.
 *
 * <p>The exit status is 0 when everything could be measured, whatever the targets; 1 when something
 * could not; 2 for a name that is not known. The system property {@code patchbay.root} names the
 * project's folder, by default the current one.
 */
public final class Main {

  private static final List<Bench> BENCHES =
      List.of(
          new LoopbackBench(),
          new TapBench(),
          new CableBench(),
          new SwapBench(),
          new StartBench(),
          new VhostBench(),
          new VhostSwapBench(),
          new IdleBench());

  private Main() {}

  /**
   * The way in.
   *
   * @param arguments names of benches; none for all
   */
  public static void main(String[] arguments) {
    Path root = Path.of(System.getProperty("patchbay.root", "")).toAbsolutePath();
    if (!Files.isDirectory(root.resolve("benchmarks/src/main/c"))) {
      System.err.println(
          "bench: %s is not the project's folder; set -Dpatchbay.root".formatted(root));
      System.exit(2);
    }
    List<String> names = List.of(arguments);
    for (String name : names) {
      if (BENCHES.stream().noneMatch(bench -> bench.name().equals(name))) {
        System.err.println("bench: no bench is called %s; there are %s".formatted(name, known()));
        System.exit(2);
      }
    }
    System.exit(runAll(root, names) ? 0 : 1);
  }

  private static String known() {
    return BENCHES.stream().map(Bench::name).collect(Collectors.joining(", "));
  }

  private static boolean runAll(Path root, List<String> names) {
    boolean measured = true;
    for (Bench bench : BENCHES) {
      if (names.isEmpty() || names.contains(bench.name())) {
        measured &= run(bench, root);
      }
    }
    return measured;
  }

  private static boolean run(Bench bench, Path root) {
    System.out.println("bench %s: %s".formatted(bench.name(), bench.title()));
    System.out.println(Machine.description());
    if (bench.needsRoot() && !Machine.isRoot()) {
      System.err.println(
          "bench %s: makes network namespaces; run it as root".formatted(bench.name()));
      return false;
    }
    Report report = new Report(System.out, Machine.isLikeReference());
    try (Cleanup cleanup = Cleanup.open()) {
      Yard yard = new Yard(root, cleanup);
      bench.run(yard, report);
      report.write(yard.target().resolve("bench-" + bench.name() + ".csv"));
      return true;
    } catch (RigException | IOException e) {
      System.err.println("bench %s: %s".formatted(bench.name(), e.getMessage()));
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
