package org.patchbay.launcher.deploy;

import java.util.concurrent.locks.LockSupport;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** The activator of a test's bundle that does not come back until a system property is gone. */
public final class BlockingActivator implements BundleActivator {

  /** While there is such a system property, starting goes on. */
  public static final String HOLD = "patchbay.test.hold";

  @Override
  public void start(BundleContext context) {
    while (System.getProperty(HOLD) != null) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Override
  public void stop(BundleContext context) {}
}
