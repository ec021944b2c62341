package org.patchbay.launcher.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleException;
import org.osgi.framework.BundleListener;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.FrameworkWiring;

/**
 * Brings good jars into the framework when what they need is there, and takes them out again. Used
 * by the folder's thread alone; bundle events come on the framework's.
 */
final class BundleKeeper implements BundleListener {

  /** Where sentences about deployments go. */
  interface Voice {
    /** A jar is not taken; what ran of the same file is untouched. */
    void refused(Deployment deployment, String why);

    /** A jar was taken, but its bundle does not run. */
    void notRunning(Deployment deployment, String why);

    /** All is well with it. */
    void well(Deployment deployment, String what);
  }

  private static final String OWN_PACKAGES = "org.patchbay.";
  private static final String BY_REFERENCE = "reference:";

  private final BundleContext context;
  private final Bundle system;
  private final int startLevel;
  private final long callMillis;
  private final Voice voice;
  private final Map<Bundle, Deployment> taken = new HashMap<>();
  private volatile boolean bundlesChanged;

  BundleKeeper(BundleContext context, int startLevel, long callMillis, Voice voice) {
    this.context = context;
    this.system = context.getBundle();
    this.startLevel = startLevel;
    this.callMillis = callMillis;
    this.voice = voice;
  }

  void open() {
    context.addBundleListener(this);
  }

  void close() {
    try {
      context.removeBundleListener(this);
    } catch (IllegalStateException stopped) {
      // The framework has forgotten its listeners.
    }
  }

  @Override
  public void bundleChanged(BundleEvent event) {
    bundlesChanged = true;
  }

  /** Whether the framework is up and not about to stop. */
  boolean isOpen() {
    return system.getState() == Bundle.ACTIVE;
  }

  /**
   * Installs, updates and starts what can be, if anything has changed since the last time.
   *
   * @param deployments all there are
   * @param changed whether one of them has changed
   */
  void settle(List<Deployment> deployments, boolean changed) throws InterruptedException {
    boolean work = changed;
    for (Deployment deployment : deployments) {
      work |= hasReturned(deployment);
    }
    if (!work && !bundlesChanged) {
      return;
    }
    bundlesChanged = false;
    take(deployments);
    for (Deployment deployment : deployments) {
      Bundle bundle = deployment.bundle;
      if (bundle == null || deployment.stuck != null) {
        continue;
      }
      if (deployment.started && bundle.getState() == Bundle.INSTALLED) {
        // It ran, and a refresh took away what it was wired to.
        deployment.started = false;
      }
      if (!deployment.started && !deployment.failed) {
        start(deployment, bundle);
      }
    }
  }

  /** Looks after a call that did not return in time. */
  private boolean hasReturned(Deployment deployment) {
    BundleCall call = deployment.stuck;
    if (call == null || call.isRunning()) {
      return false;
    }
    deployment.stuck = null;
    Bundle bundle = deployment.bundle;
    if (!deployment.started) {
      started(deployment, call.thrown());
    } else if (bundle != null) {
      // A stop that came late: it runs no more, and is to be started.
      deployment.started = (bundle.getState() & (Bundle.ACTIVE | Bundle.STARTING)) != 0;
    }
    return true;
  }

  // ---- taking jars ----

  private void take(List<Deployment> deployments) throws InterruptedException {
    List<Offer> here = offers();
    List<Deployment> ready = new ArrayList<>();
    for (Deployment deployment : deployments) {
      BundleJar candidate = deployment.candidate;
      if (candidate == null || deployment.stuck != null) {
        continue;
      }
      BundleJar installed = deployment.installed;
      if (installed != null
          && deployment.started
          && installed.digest().equals(candidate.digest())) {
        // Touched, or given other rights: what runs is just that.
        deployment.candidate = null;
        deployment.said = null;
        continue;
      }
      String conflict = conflict(deployment, candidate, deployments, ready);
      if (conflict == null) {
        ready.add(deployment);
      } else {
        voice.refused(deployment, conflict);
      }
    }
    // Jars that arrive together may need each other: without one, those that need it go, too.
    boolean fewer = true;
    while (fewer) {
      List<Offer> offers = new ArrayList<>(here);
      ready.forEach(deployment -> offers.addAll(candidate(deployment).offers()));
      fewer = ready.removeIf(deployment -> lacks(deployment, offers));
    }
    for (Deployment deployment : ready) {
      try {
        take(deployment);
      } catch (InterruptedException e) {
        throw e;
      } catch (Throwable e) { // what a stranger's jar makes the framework do
        // Tried again when the file has changed: an attempt stops what runs of it.
        deployment.candidate = null;
        voice.refused(deployment, "the framework does not take it: " + e);
      }
    }
  }

  private static BundleJar candidate(Deployment deployment) {
    BundleJar candidate = deployment.candidate;
    if (candidate == null) {
      throw new IllegalStateException(deployment.file + " has no candidate");
    }
    return candidate;
  }

  private boolean lacks(Deployment deployment, Collection<Offer> offers) {
    String missing = missing(candidate(deployment), offers);
    if (missing == null) {
      return false;
    }
    voice.refused(deployment, missing);
    return true;
  }

  private static @Nullable String missing(BundleJar jar, Collection<Offer> offers) {
    Set<String> missing = new LinkedHashSet<>();
    boolean mayCome = true;
    for (Need need : jar.needs()) {
      if (!need.isMetBy(offers)) {
        missing.add(need.missing(offers));
        mayCome &= need.mayCome();
      }
    }
    if (missing.isEmpty()) {
      return null;
    }
    return String.join("; ", missing) + (mayCome ? "; it will start when that is there" : "");
  }

  private List<Offer> offers() {
    List<Offer> offers = new ArrayList<>();
    for (Bundle bundle : context.getBundles()) {
      offers.addAll(Offer.of(bundle));
    }
    return offers;
  }

  private boolean isPlatforms(Bundle bundle) {
    return bundle.getBundleId() == 0 || bundle.getLocation().startsWith(BY_REFERENCE);
  }

  private @Nullable String conflict(
      Deployment deployment, BundleJar jar, List<Deployment> all, List<Deployment> ready) {
    for (Bundle bundle : context.getBundles()) {
      if (isPlatforms(bundle) && jar.name().equals(bundle.getSymbolicName())) {
        return "it calls itself "
            + jar.name()
            + ", as a bundle of the platform does; give it a "
            + Constants.BUNDLE_SYMBOLICNAME
            + " of its own";
      }
    }
    Set<String> exported = platformPackages();
    for (Offer offer : jar.offers()) {
      if (offer.attributes().get(PackageNamespace.PACKAGE_NAMESPACE) instanceof String name
          && exported.contains(name)) {
        return "it exports the package "
            + name
            + ", which is the platform's own; build it to import that and not to contain it";
      }
    }
    for (Deployment other : all) {
      BundleJar theirs = ready.contains(other) ? other.candidate : other.installed;
      if (other == deployment || theirs == null || !theirs.name().equals(jar.name())) {
        continue;
      }
      if (theirs.version().equals(jar.version())) {
        return "bundle " + jar.label() + " is here already, from " + other.label();
      }
      if (jar.isBackend() && theirs.isBackend()) {
        return "its backend is here already, as bundle "
            + theirs.label()
            + " from "
            + other.label()
            + "; to update it, overwrite that file, or delete it and this one starts";
      }
    }
    return null;
  }

  /** Packages of ours that are exported; of others a bundle may bring its own. */
  private Set<String> platformPackages() {
    Set<String> packages = new HashSet<>();
    for (Bundle bundle : context.getBundles()) {
      if (isPlatforms(bundle)) {
        for (Offer offer : Offer.of(bundle)) {
          if (offer.attributes().get(PackageNamespace.PACKAGE_NAMESPACE) instanceof String name
              && name.startsWith(OWN_PACKAGES)) {
            packages.add(name);
          }
        }
      }
    }
    return packages;
  }

  private void take(Deployment deployment)
      throws BundleException, IOException, InterruptedException {
    BundleJar jar = candidate(deployment);
    BundleJar before = deployment.installed;
    if (before != null) {
      tryOut(deployment, jar);
    }
    if (before != null && !before.name().equals(jar.name()) && !remove(deployment)) {
      return;
    }
    Bundle bundle = deployment.bundle;
    if (bundle != null && !stop(deployment, bundle)) {
      return;
    }
    try (InputStream bytes = Files.newInputStream(jar.file())) {
      if (bundle == null) {
        bundle = context.installBundle(deployment.file.toUri().toString(), bytes);
        bundle.adapt(BundleStartLevel.class).setStartLevel(startLevel);
      } else {
        bundle.update(bytes);
      }
    } finally {
      // Also what could not be updated starts again, as it was.
      deployment.started = false;
      deployment.failed = false;
    }
    deployment.bundle = bundle;
    deployment.installed = jar;
    taken.put(bundle, deployment);
    deployment.candidate = null;
    if (before != null) {
      refresh(bundle);
    }
  }

  /** Has the framework read a jar that is to replace another, before that is stopped. */
  private void tryOut(Deployment deployment, BundleJar jar) throws BundleException, IOException {
    try (InputStream bytes = Files.newInputStream(jar.file())) {
      context.installBundle("trial:" + deployment.file.toUri(), bytes).uninstall();
    } catch (BundleException e) {
      if (e.getType() != BundleException.DUPLICATE_BUNDLE_ERROR) {
        throw e;
      }
      // It was read, and is another build of the version that runs.
    }
  }

  // ---- starting and stopping ----

  private void start(Deployment deployment, Bundle bundle) throws InterruptedException {
    BundleCall call =
        new BundleCall(
            "patchbay-start " + bundle.getSymbolicName(),
            () -> bundle.start(Bundle.START_ACTIVATION_POLICY));
    if (call.await(callMillis)) {
      started(deployment, call.thrown());
    } else {
      deployment.stuck = call;
      voice.notRunning(deployment, "it did not start " + call.describe(callMillis));
    }
  }

  private void started(Deployment deployment, @Nullable Throwable thrown) {
    BundleJar jar = deployment.installed;
    if (thrown == null) {
      deployment.started = true;
      voice.well(deployment, "runs as bundle " + (jar == null ? "" : jar.label()));
    } else if (thrown instanceof BundleException e
        && e.getType() == BundleException.RESOLVE_ERROR) {
      String missing = jar == null ? null : missing(jar, offers());
      voice.notRunning(
          deployment, missing == null ? "it does not resolve: " + e.getMessage() : missing);
    } else {
      deployment.failed = true;
      Throwable cause = thrown.getCause();
      if (!(thrown instanceof BundleException e)) {
        voice.notRunning(deployment, thrown.toString());
      } else if (e.getType() == BundleException.ACTIVATOR_ERROR && cause != null) {
        voice.notRunning(deployment, "its activator threw " + cause);
      } else {
        voice.notRunning(deployment, "it cannot be started: " + e.getMessage());
      }
    }
  }

  private boolean stop(Deployment deployment, Bundle bundle) throws InterruptedException {
    return call(deployment, "patchbay-stop " + bundle.getSymbolicName(), "stop", bundle::stop);
  }

  private boolean call(Deployment deployment, String thread, String what, BundleCall.Action action)
      throws InterruptedException {
    BundleCall call = new BundleCall(thread, action);
    if (!call.await(callMillis)) {
      deployment.stuck = call;
      voice.notRunning(deployment, "it did not " + what + " " + call.describe(callMillis));
      return false;
    }
    // A bundle whose activator throws when it stops is stopped all the same.
    return true;
  }

  /**
   * Stops and uninstalls what a file was installed as.
   *
   * @return whether nothing of it is left; else this is to be called again
   */
  boolean remove(Deployment deployment) throws InterruptedException {
    BundleCall stuck = deployment.stuck;
    if (stuck != null && stuck.isRunning()) {
      return false;
    }
    deployment.stuck = null;
    Bundle bundle = deployment.bundle;
    if (bundle == null) {
      return true;
    }
    if (bundle.getState() != Bundle.UNINSTALLED
        && !call(
            deployment,
            "patchbay-stop " + bundle.getSymbolicName(),
            "stop",
            () -> {
              try {
                bundle.stop();
              } finally {
                bundle.uninstall();
              }
            })) {
      return false;
    }
    if (bundle.getState() != Bundle.UNINSTALLED) {
      voice.notRunning(deployment, "it was deleted, but its bundle cannot be uninstalled");
      return false;
    }
    BundleJar was = deployment.installed;
    taken.remove(bundle);
    deployment.bundle = null;
    deployment.installed = null;
    deployment.started = false;
    refresh(bundle);
    voice.well(deployment, "is gone, with bundle " + (was == null ? "" : was.label()));
    return true;
  }

  /** Has bundles that used an older state of a bundle use the new one, or none. */
  private void refresh(Bundle bundle) throws InterruptedException {
    FrameworkWiring wiring = system.adapt(FrameworkWiring.class);
    Collection<Bundle> affected = wiring.getDependencyClosure(List.of(bundle));
    if (affected.stream().anyMatch(this::isPlatforms)) {
      // The platform itself took up an optional package of it: that stays until the next start.
      return;
    }
    // Stopped here and started again by the next settling, which says what is missing then: the
    // framework would start them itself and log what it thinks.
    for (Bundle user : affected) {
      Deployment deployment = taken.get(user);
      if (deployment != null && deployment.started && stop(deployment, user)) {
        deployment.started = false;
        bundlesChanged = true;
      }
    }
    CountDownLatch done = new CountDownLatch(1);
    wiring.refreshBundles(
        List.of(bundle),
        event -> {
          if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
            done.countDown();
          }
        });
    // Bundles that do not stop hold the framework's thread, not this one.
    if (!done.await(callMillis, TimeUnit.MILLISECONDS)) {
      bundlesChanged = true;
    }
  }
}
