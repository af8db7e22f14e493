// Package suite holds the tests that need the whole house: the lifecycle on a real
// store, the real connector and the simulated AWS, in virtual time; the crash points;
// the named defects; the killed process; the browser.
//
// They live apart because they import what no package of the product may import
// together, and because together they state what design and README promise: I1 to I8.
package suite
