package record

import (
	"reflect"
	"slices"
	"time"
)

// InUTC is a copy of a record with all times in UTC and without monotonic reading, so
// that what is read equals what was written. It goes by the type: a time that a record
// gains later is not forgotten.
func InUTC[R any](r R) R {
	setUTC(reflect.ValueOf(&r).Elem())
	return r
}

func setUTC(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if t, ok := v.Addr().Interface().(*time.Time); ok {
			*t = t.Round(0).UTC()
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				setUTC(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.IsNil() || !slices.Contains([]reflect.Kind{reflect.Struct, reflect.Slice}, v.Type().Elem().Kind()) {
			return
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		for i := range own.Len() {
			setUTC(own.Index(i))
		}
		v.Set(own)
	}
}
