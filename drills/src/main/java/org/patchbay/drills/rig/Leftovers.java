package org.patchbay.drills.rig;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Looks for what a drill should have removed: everything named to it must be gone. One thread. */
public final class Leftovers {
  private final List<String> namespaces = new ArrayList<>();
  private final List<String> interfaces = new ArrayList<>();
  private final List<ProcessHandle> processes = new ArrayList<>();
  private final List<Path> files = new ArrayList<>();

  /** A namespace that must be gone. */
  public Leftovers namespace(Namespace namespace) {
    namespaces.add(namespace.name());
    return this;
  }

  /** An interface of this process's own namespace that must be gone. */
  public Leftovers device(String device) {
    interfaces.add(device);
    return this;
  }

  /** A process that must have ended, with all its present descendants. */
  public Leftovers process(Child child) {
    ProcessHandle.of(child.pid())
        .ifPresent(
            process -> {
              processes.add(process);
              process.descendants().forEach(processes::add);
            });
    // The JVM of a child keeps its counters here while it runs.
    return file(
        Path.of(
            "/tmp", "hsperfdata_" + System.getProperty("user.name"), Long.toString(child.pid())));
  }

  /** A file, folder or socket that must be gone. */
  public Leftovers file(Path path) {
    files.add(path);
    return this;
  }

  /** What is still there, one phrase each. */
  public List<String> found() {
    List<String> found = new ArrayList<>();
    namespaces.stream()
        .filter(Namespace::exists)
        .forEach(name -> found.add("network namespace " + name));
    interfaces.stream()
        .filter(name -> Files.exists(Path.of("/sys/class/net", name), LinkOption.NOFOLLOW_LINKS))
        .forEach(name -> found.add("interface " + name));
    processes.stream()
        .filter(ProcessHandle::isAlive)
        .forEach(process -> found.add("process " + process.pid()));
    files.stream()
        .filter(path -> Files.exists(path, LinkOption.NOFOLLOW_LINKS))
        .forEach(path -> found.add("file " + path));
    return found;
  }

  /**
   * Checks that nothing is there any more.
   *
   * @throws RigException with what is
   */
  public void check() throws RigException {
    List<String> found = found();
    if (!found.isEmpty()) {
      throw new RigException("Left behind: " + String.join(", ", found) + ".");
    }
  }
}
