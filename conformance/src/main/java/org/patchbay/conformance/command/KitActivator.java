package org.patchbay.conformance.command;

import java.util.Map;
import java.util.concurrent.Callable;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;

/** Offers the run of the kit within a framework that was started for one; elsewhere nothing. */
public final class KitActivator implements BundleActivator {

  /** Service property of the run. */
  static final String RUNNER = "patchbay.conformance.runner";

  /** For the framework. */
  public KitActivator() {}

  @SuppressWarnings("unchecked") // a class literal has no type arguments
  static Class<Callable<?>> runnerType() {
    return (Class<Callable<?>>) (Class<?>) Callable.class;
  }

  @Override
  public void start(BundleContext context) {
    if (context.getProperty(Request.LOG) == null) {
      return;
    }
    Callable<?> runner = () -> BundleRun.run(context, Request.of(context));
    context.registerService(
        runnerType(), runner, FrameworkUtil.asDictionary(Map.of(RUNNER, "true")));
  }

  @Override
  public void stop(BundleContext context) {
    // The framework unregisters the service.
  }
}
