package org.patchbay.conformance.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.metatype.MetaTypeService;
import org.patchbay.api.driver.WorkerWaitFactory;
import org.patchbay.conformance.CheckResult;
import org.patchbay.conformance.ConformanceKit;
import org.patchbay.conformance.FrameFate;
import org.patchbay.conformance.Subject;
import org.patchbay.conformance.support.ParkingWaitFactory;

/** Runs the kit against the backends of a bundle, within the framework. */
final class BundleRun {

  /** The line on an endpoint's life. */
  private static final String LIFE = "E17";

  private static final long LOOK_MILLIS = 20;

  private final BundleContext context;
  private final Request request;
  private final RunLog log;

  private BundleRun(BundleContext context, Request request, RunLog log) {
    this.context = context;
    this.request = request;
    this.log = log;
  }

  /** Runs it and tells of it in the request's log. */
  static String run(BundleContext context, Request request)
      throws IOException, InterruptedException {
    try (RunLog log = new RunLog(request.log())) {
      try {
        new BundleRun(context, request, log).run();
      } catch (CommandException e) {
        log.add(RunLog.Kind.PROBLEM, e.sentence());
      }
      log.add(RunLog.Kind.DONE);
      return "done";
    }
  }

  private void run() throws CommandException, InterruptedException {
    for (Path other : request.others()) {
      start(install(other));
    }
    Bundle bundle = install(request.bundle());
    start(bundle);
    ServiceComponentRuntime components = need(ServiceComponentRuntime.class);
    Backends backends = new Backends(context, components, service(MetaTypeService.class), bundle);
    awaitBackends(backends);
    List<Backend> chosen = backends.chosen(request);
    backends.notRun(request, chosen).forEach(note -> log.add(RunLog.Kind.NOTE, note));
    WorkerWaitFactory waits = service(WorkerWaitFactory.class);
    for (Backend backend : chosen) {
      run(
          new ServiceFixture(
              context,
              bundle,
              backends,
              backend,
              request,
              need(ConfigurationAdmin.class),
              components,
              waits == null ? new ParkingWaitFactory() : waits));
    }
  }

  private void run(ServiceFixture fixture) throws CommandException, InterruptedException {
    log.add(RunLog.Kind.BACKEND, fixture.name());
    List<CheckResult> planned = ConformanceKit.nothingRun("");
    planned.forEach(check -> log.add(RunLog.Kind.PLANNED, check.line(), check.title()));
    // The probe is a short life of an endpoint: should it end the process, that line is broken.
    planned.stream()
        .filter(check -> check.line().equals(LIFE))
        .forEach(check -> log.begins(check.line(), check.title()));
    FrameFate fate;
    try {
      Subject made = Bounded.call("Making an endpoint of type " + fixture.name(), fixture::open);
      fate = probe(fixture, made);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof CommandException known) {
        throw known;
      }
      throw new CommandException(
          "no endpoint of type " + fixture.name() + " can be made: " + e.getCause() + ".");
    }
    fixture.setFate(fate);
    ConformanceKit.run(fixture, log);
    log.add(RunLog.Kind.BACKEND_DONE);
  }

  /** A call that blocks is for the checks to name. */
  private static FrameFate probe(ServiceFixture fixture, Subject made)
      throws ExecutionException, InterruptedException {
    try {
      return Bounded.call("Sending a few frames", () -> FateProbe.of(fixture, made));
    } catch (CommandException e) {
      return FrameFate.UNKNOWN;
    }
  }

  /** Endpoints without a configuration may take a moment; what is declared need not be awaited. */
  private void awaitBackends(Backends backends) throws InterruptedException {
    log.add(RunLog.Kind.STEP, "its services were awaited");
    long deadline = System.nanoTime() + ServiceFixture.APPEARS.toNanos();
    while (!backends.areDeclared() && System.nanoTime() < deadline) {
      Thread.sleep(LOOK_MILLIS);
    }
  }

  private Bundle install(Path jar) throws CommandException {
    log.add(RunLog.Kind.STEP, jar.getFileName() + " was installed");
    try {
      return context.installBundle(jar.toUri().toString());
    } catch (BundleException e) {
      throw new CommandException(jar + " can't be installed: " + e.getMessage() + ".");
    }
  }

  private void start(Bundle bundle) throws CommandException, InterruptedException {
    String name = "bundle " + bundle.getSymbolicName();
    log.add(RunLog.Kind.STEP, name + " was started");
    Bundle system = context.getBundle(0);
    if (!system.adapt(FrameworkWiring.class).resolveBundles(List.of(bundle))) {
      List<String> missing = MissingRequirement.of(context, bundle);
      if (!missing.isEmpty()) {
        throw new CommandException(
            name + " can't be resolved: it requires " + String.join(", and ", missing) + ".");
      }
    }
    try {
      String unused =
          Bounded.call(
              "The start of " + name,
              () -> {
                bundle.start();
                return "";
              });
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      Throwable root = cause;
      while (root != null && root.getCause() != null) {
        root = root.getCause();
      }
      throw new CommandException(
          name
              + " can't be started: "
              + (cause == null ? e : cause.getMessage())
              + (root == cause ? "" : " (" + root + ")")
              + ".");
    }
  }

  private <T> T need(Class<T> type) {
    T service = service(type);
    if (service == null) {
      throw new IllegalStateException("the distribution has no service " + type.getName());
    }
    return service;
  }

  private <T> @Nullable T service(Class<T> type) {
    ServiceReference<T> reference = context.getServiceReference(type);
    return reference == null ? null : context.getService(reference);
  }
}
