package org.patchbay.drills.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;
import org.patchbay.drills.rig.TemporaryFolder;
import org.patchbay.drills.rig.Tool;

/**
 * Debian's kernel for virtual machines. It is fetched with apt-get, which needs no root for that,
 * taken apart, and kept in {@code ~/.cache/patchbay} (or {@code $XDG_CACHE_HOME/patchbay}); nothing
 * is installed.
 *
 * @param folder holds the kernel, {@code vmlinuz}, and its modules as {@code NAME.ko}
 */
public record GuestKernel(Path folder) {
  /** Depends on the present kernel. */
  private static final String NEWEST = "linux-image-cloud-amd64";

  private static final Pattern DEPENDS = Pattern.compile("Depends: (linux-image-\\S+)");
  private static final String KERNEL = "vmlinuz";

  private static final Duration DOWNLOAD_LIMIT = Duration.ofMinutes(3);
  private static final Duration UNPACK_LIMIT = Duration.ofMinutes(1);

  /** What a virtio NIC on a PCI bus needs, in the order in which it is to be loaded. */
  static final List<String> MODULES =
      List.of(
          "virtio_ring",
          "virtio",
          "virtio_pci_modern_dev",
          "virtio_pci_legacy_dev",
          "virtio_pci",
          "failover",
          "net_failover",
          "virtio_net");

  /** The one that is kept here, or else the present one of the machine's package sources. */
  public static GuestKernel get() throws RigException, InterruptedException {
    Path cache = cache();
    Optional<GuestKernel> kept = newestIn(cache);
    if (kept.isPresent()) {
      return kept.get();
    }
    List<String> missing = Tool.missing(List.of("apt-get", "apt-cache", "dpkg-deb"));
    if (!missing.isEmpty()) {
      throw new RigException(
          "A guest kernel can't be fetched without the programs " + String.join(", ", missing));
    }
    String name = presentName();
    try (Cleanup cleanup = Cleanup.open()) {
      Path work = TemporaryFolder.create(cleanup);
      Path unpacked = unpack(download(name, work), work);
      return keep(unpacked, Files.createDirectories(cache), name);
    } catch (IOException e) {
      throw new RigException("The guest kernel can't be kept in " + cache + ": " + e, e);
    }
  }

  private static Path cache() {
    @Nullable String given = System.getenv("XDG_CACHE_HOME");
    Path caches =
        given == null || given.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(given);
    return caches.resolve("patchbay");
  }

  private static Optional<GuestKernel> newestIn(Path cache) throws RigException {
    if (!Files.isDirectory(cache)) {
      return Optional.empty();
    }
    try (Stream<Path> kept = Files.list(cache)) {
      return kept.filter(folder -> folder.getFileName().toString().startsWith("linux-image-"))
          .max(Path::compareTo)
          .map(GuestKernel::new);
    } catch (IOException e) {
      throw new RigException("The folder " + cache + " can't be read: " + e.getMessage(), e);
    }
  }

  private static String presentName() throws RigException, InterruptedException {
    Tool.Result known =
        Tool.run(Duration.ofSeconds(20), Map.of(), List.of("apt-cache", "depends", NEWEST));
    Matcher depends = DEPENDS.matcher(known.out());
    if (known.exit() != 0 || !depends.find()) {
      throw new RigException(
          "apt knows no package " + NEWEST + ", so there is no guest kernel: apt-get update");
    }
    return depends.group(1);
  }

  private static Path download(String name, Path work) throws RigException, InterruptedException {
    Tool.Result result =
        Tool.run(
            DOWNLOAD_LIMIT,
            Map.of(),
            List.of("sh", "-c", "cd \"$1\" && apt-get -q download \"$2\"", "sh", "" + work, name));
    try (Stream<Path> files = Files.list(work)) {
      Optional<Path> archive =
          files.filter(file -> file.getFileName().toString().endsWith(".deb")).findAny();
      if (result.exit() != 0 || archive.isEmpty()) {
        throw new RigException("The package " + name + " can't be fetched: " + result.text());
      }
      return archive.get();
    } catch (IOException e) {
      throw new RigException("The folder " + work + " can't be read: " + e.getMessage(), e);
    }
  }

  private static Path unpack(Path archive, Path work) throws RigException, InterruptedException {
    Path target = work.resolve("unpacked");
    Tool.Result result =
        Tool.run(
            UNPACK_LIMIT,
            Map.of(),
            List.of("dpkg-deb", "--extract", archive.toString(), target.toString()));
    if (result.exit() != 0) {
      throw new RigException(archive + " can't be unpacked: " + result.text());
    }
    return target;
  }

  /** Takes what is needed out of an unpacked package; it appears under its name in one instant. */
  private static GuestKernel keep(Path unpacked, Path cache, String name)
      throws IOException, RigException {
    Path folder = cache.resolve(name);
    Path beside = Files.createTempDirectory(cache, "new-");
    try {
      copy(unpacked.resolve("boot"), KERNEL + "-", beside.resolve(KERNEL));
      for (String module : MODULES) {
        copy(unpacked.resolve("lib"), module + ".ko", beside.resolve(module + ".ko"));
      }
      Files.move(beside, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (!Files.isRegularFile(folder.resolve(KERNEL))) {
        throw e;
      }
      // Another process was first.
    } finally {
      TemporaryFolder.deleteTree(beside);
    }
    return new GuestKernel(folder);
  }

  private static void copy(Path tree, String beginOfName, Path target)
      throws IOException, RigException {
    try (Stream<Path> files = Files.walk(tree)) {
      Path found =
          files
              .filter(file -> file.getFileName().toString().startsWith(beginOfName))
              .findAny()
              .orElseThrow(() -> new RigException("The kernel's package lacks " + beginOfName));
      Files.copy(found, target);
    }
  }

  /** The kernel. */
  Path image() {
    return folder.resolve(KERNEL);
  }

  /** A module of it. */
  Path module(String name) {
    return folder.resolve(name + ".ko");
  }
}
