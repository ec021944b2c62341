package org.patchbay.conformance.command;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.conformance.ConformanceReport;

/**
 * The command: {@code conformance BUNDLE.jar KEY=VALUE…}. Exits with 0 if no line of the contract
 * is broken, 1 if one is or the fixture failed, and 2 if the kit could not run, or not to its end.
 */
public final class Main {

  private static final int BROKEN = 1;
  private static final int NOT_RUN = 2;

  private Main() {}

  /** Runs the command. */
  public static void main(String[] arguments) {
    int status;
    try {
      status = run(Arguments.parse(arguments));
    } catch (CommandException e) {
      System.err.println("patchbay: " + e.sentence());
      status = NOT_RUN;
    } catch (IOException e) {
      System.err.println("patchbay: the kit can't run here: " + e);
      status = NOT_RUN;
    } catch (InterruptedException e) {
      status = NOT_RUN;
    }
    System.exit(status);
  }

  private static int run(Arguments arguments)
      throws CommandException, IOException, InterruptedException {
    Path folder = Files.createTempDirectory("patchbay-conformance-");
    Child child = new Child(folder, arguments);
    // A signal ends this process: the other one and the folder go with it.
    Thread hook =
        new Thread(
            () -> {
              child.end();
              deleteQuietly(folder);
            });
    Runtime.getRuntime().addShutdownHook(hook);
    Ending ended = child.run();
    RunSummary summary =
        RunSummary.of(arguments.bundleName(), RunLog.read(child.log()), ended, child.output());
    return tell(summary, arguments);
  }

  private static int tell(RunSummary summary, Arguments arguments)
      throws CommandException, IOException {
    boolean conforms = true;
    for (ConformanceReport report : summary.reports()) {
      System.out.print(report.text());
      System.out.println("The report is in " + report.write(arguments.reports()));
      System.out.println();
      conforms &= report.conforms();
    }
    summary.notes().forEach(note -> System.out.println("Note: " + note));
    List<String> broken = summary.broken();
    if (!broken.isEmpty()) {
      System.out.println("Broken lines: " + String.join(", ", broken));
    }
    @Nullable String problem = summary.problem();
    if (problem != null) {
      throw new CommandException(problem);
    }
    if (broken.isEmpty()) {
      System.out.println(
          conforms ? "No line is broken." : "Some lines could not be checked; see above.");
    }
    return conforms ? 0 : BROKEN;
  }

  private static void deleteQuietly(Path tree) {
    try {
      Files.walkFileTree(
          tree,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e)
                throws IOException {
              Files.deleteIfExists(folder);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      System.err.println("patchbay: " + tree + " can't be removed: " + e.getMessage());
    }
  }
}
